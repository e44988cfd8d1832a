"""Stimuli in memory: decoded frames, CLIP embeddings, stimulus track, sentences, emotions.

Stage `embed` stores the results of these functions.
"""
