"""Scores of videos reconstructed from EEG, with floors and ceilings: one module per group."""
