"""Layout of the EEG that a generator is made for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class EegLayout:
    """Channels, rates, subjects and graphs, from which a network is built."""

    channels: tuple[str, ...]
    positions_m: NDArray[np.float64]  # (C, 3)
    sfreq: float  # Hz
    n_samples: int  # T
    subjects: tuple[str, ...]  # in the order of their embedding
    graphs: tuple[str, ...]  # names, "electrode/<scale>" or "signal/<band>"

    def subject_index(self, name: str | None) -> int:
        """Return the index of a subject's embedding; for a new person, the number of subjects."""
        return self.subjects.index(name) if name in self.subjects else len(self.subjects)
