"""Stage `augment`: generated EEG of training clips, and of floors, for training decoders."""
