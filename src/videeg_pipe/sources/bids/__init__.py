"""BIDS-EEG data sets."""
