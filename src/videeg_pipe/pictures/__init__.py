"""Stage `pictures`: clips as frames, text and latents, and the models that draw clips."""
