"""`videeg evaluate`: the scores for anybody's EEG."""
