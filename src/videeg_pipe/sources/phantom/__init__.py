"""Source phantom: a simulated data set in SEED-DV's layout with a known evoked part."""
