"""Data sets, one folder per source: listing of files, tables and reading of recordings.

`base` defines the functions of a source, `registry` lists the sources. Their options are in
`videeg_pipe.config`. The modules beside the folders are shared by several sources.
"""
