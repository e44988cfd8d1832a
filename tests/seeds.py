"""Other random numbers for a whole session: `VIDEEG_TEST_SEED=1 pytest tests/models`.

A tolerance must hold for every seed. The variable shifts all integer seeds of NumPy and torch in
the test process, those of the package included; equal seeds stay equal and unequal ones unequal.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

STRIDE = 100_003


def shift_seeds() -> None:
    """Shift all seeds by a multiple of `VIDEEG_TEST_SEED`; 0 or unset changes nothing."""
    offset = STRIDE * int(os.environ.get("VIDEEG_TEST_SEED", "0"))
    if offset:
        np.random.default_rng = _shifted(np.random.default_rng, offset)
        torch.manual_seed = _shifted(torch.manual_seed, offset)
        torch.Generator = _generator(offset)


def _shifted(seeded: Callable[..., Any], offset: int) -> Callable[..., Any]:
    def call(seed: Any = None) -> Any:
        return seeded(seed + offset if isinstance(seed, int | np.integer) else seed)

    return call


def _generator(offset: int) -> type[torch.Generator]:
    class Shifted(torch.Generator):
        def manual_seed(self, seed: int) -> torch.Generator:
            return super().manual_seed(seed + offset)

    return Shifted
