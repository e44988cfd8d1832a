"""Stimuli in memory: frames, CLIP embeddings, stimulus track, text, emotions."""
