"""Data sets: their options, files and tables, one folder per source."""
