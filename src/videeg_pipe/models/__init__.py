"""Generators of EEG: one folder per family, their registry and their files."""
