"""Some of very many windows, so that memory does not grow with their number."""

import numpy as np
import torch
from torch import Tensor

FITTED_WINDOWS = 20_000
"""Training windows on which statistics are fitted, at most; gradients see all."""


def some(x: Tensor, most: int = FITTED_WINDOWS) -> Tensor:
    """Return at most `most` rows in their order, drawn at random but always the same ones.

    Tensors of one length lose the same rows. Rows at even steps could all lie at the same place of
    a clip.
    """
    if len(x) <= most:
        return x
    rows = np.random.default_rng(0).permutation(len(x))[:most]
    return x[torch.from_numpy(np.sort(rows))]
