"""Pictures to embed, and the cosines between embeddings."""

import numpy as np


def pictures(n=12, size=256):
    """Tiles of many sizes and colours, (n, size, size, 3)."""
    rng = np.random.default_rng(0)
    out = []
    for place in range(n):
        side = (1, 4, 16, 64)[place % 4]
        tint = rng.uniform(0.2, 1, 3)
        tiles = rng.integers(0, 256, (size // side, size // side, 3)) * tint
        out.append(tiles.astype(np.uint8).repeat(side, 0).repeat(side, 1))
    return out


def cosines(vectors):
    """Cosine between each pair of rows of (n, width), (n, n)."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T
