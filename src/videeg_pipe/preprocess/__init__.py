"""Stage `preprocess`: clean recordings, windows, splits and scales."""
