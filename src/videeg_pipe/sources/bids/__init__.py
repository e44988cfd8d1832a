"""Source bids: BIDS-EEG data sets with videos as stimuli."""
