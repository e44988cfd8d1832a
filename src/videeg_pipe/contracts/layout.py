"""What generators have to know of their data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class EegLayout:
    """What a network has to know of its data before it sees any."""

    channels: tuple[str, ...]
    positions_m: NDArray[np.float64]  # (C, 3)
    sfreq: float  # Hz
    n_samples: int  # T
    subjects: tuple[str, ...]  # in the order of their embedding
    graphs: tuple[str, ...]  # names, "electrode/<scale>" or "signal/<band>"
