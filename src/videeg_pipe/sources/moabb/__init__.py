"""Open data sets whose visual stimulus is known, read through MOABB's own classes.

`datasets.py` is the table of facts: one row per data set. A job per person (`person.py`) reads the
recordings through MOABB, which downloads them where they are missing, cuts them into blocks and
writes what the person saw as stimulus programs.
"""
