"""Generators of EEG: one folder per family, the catalogue and the checkpoint files."""
