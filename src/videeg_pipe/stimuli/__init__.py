"""Videos in memory: frames, CLIP embeddings, the stimulus track."""
