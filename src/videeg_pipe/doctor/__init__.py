"""Checks of the machine, the environment and the last run, for `videeg doctor`."""
