"""Stage `augment`: generated EEG of training clips, and of floors, for decoders to learn from."""
