"""Stage `preprocess`: from raw recordings to clean ones, windows, splits and scales."""
