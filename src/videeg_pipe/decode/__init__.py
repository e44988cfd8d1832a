"""Stage `decode`: decoders from EEG to text and latents, trained and adapted to new people."""
