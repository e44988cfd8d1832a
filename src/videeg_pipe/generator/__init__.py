"""A trained generator as a tool of its own: its folder, and continuous EEG for any video."""
