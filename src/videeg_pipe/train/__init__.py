"""Stage `train`: fit a generator to the training windows."""
