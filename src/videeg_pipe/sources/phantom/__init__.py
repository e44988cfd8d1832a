"""The phantom: a simulated data set in SEED-DV's layout whose evoked part is known."""
