"""Stage `reconstruct`: clips drawn from decoded EEG, and the ceilings beside them."""
