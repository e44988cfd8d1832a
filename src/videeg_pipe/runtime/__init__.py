"""Plumbing below all other packages: errors, files, jobs, progress, seeds and threads.

`closure` lists the source files that a result depends on, so that their edits rerun its rule.
"""
