"""Decoders of what a person saw: from EEG to text tokens and picture latents."""
