"""VidEEG-Gen: EEG generated from video, from raw recordings to a validated release."""

__version__ = "0.1.0"
