"""`videeg evaluate`: scores of any synthetic EEG against real EEG."""
