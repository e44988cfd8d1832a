"""SEED-DV."""
