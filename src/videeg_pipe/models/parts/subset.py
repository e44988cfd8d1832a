"""A limited number of windows per person, for statistics whose fit copies its windows."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def rows_per_person(subject: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """Return rows of at most `most` windows per person, ascending.

    They are drawn at random with a fixed seed. Even steps could take only the first window of each
    clip.

    Args:
        subject: Index of each window's person, (n,).
        most: Windows per person.
    """
    order = np.random.default_rng(0).permutation(len(subject))
    chosen = [order[subject[order] == s][:most] for s in np.unique(subject)]
    return np.sort(np.concatenate([*chosen, np.zeros(0, np.intp)]))


def thinned(x: Tensor, most: int) -> Tensor:
    """Return at most `most` windows of x, (n, ...), of all people; see `rows_per_person`."""
    if len(x) <= most:
        return x
    return x[torch.from_numpy(rows_per_person(np.zeros(len(x), np.int64), most))]
