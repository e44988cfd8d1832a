"""EEG windows and their conditions, in batches for training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Conditions, Inputs, read_conditions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.parts.subset import rows_per_person
from videeg_pipe.runtime.device import moved

MAX_HELD_BYTES = 1 << 30
"""Most EEG of a split that stays in memory; otherwise each batch is read from the recordings."""

MAX_PERSON_WINDOWS = 2000
"""Most windows per person that statistics are fitted on; gradients see all windows."""

MAX_FITTED_BYTES = 1 << 29
"""Most EEG of all people that statistics are fitted on: their fit makes several copies."""

_BLOCK = 256  # windows that are read together to check them


@dataclass(frozen=True)
class RecordedWindows:
    """Normalised EEG of n windows (n, C, T), read from the recordings when it is indexed."""

    table: pd.DataFrame  # n rows of the `cut` table
    store: EegStore
    scale: NDArray[np.float32]  # (n, C, 1), microvolts

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.table)

    def __getitem__(self, rows: NDArray[np.intp]) -> Tensor:
        """Read windows, (B, C, T)."""
        x = self.store.windows(self.table.iloc[rows])
        x /= self.scale[rows]
        return torch.from_numpy(x)


@dataclass(frozen=True)
class TrainingWindows:
    """EEG of n windows, in memory or in the recordings, and conditions in memory."""

    x: Tensor | RecordedWindows  # (n, C, T), normalised
    conditions: Conditions | None  # None if n = 0

    @classmethod
    def read(
        cls,
        rows: pd.DataFrame,
        inputs: Inputs,
        layout: EegLayout,
        config: ConditionOptions,
        protocol: str,
    ) -> "TrainingWindows":
        """Open the windows of these rows of the `cut` table; the table may be empty."""
        if rows.empty:
            return cls(torch.zeros(0, len(layout.channels), layout.n_samples), None)
        conditions = read_conditions(rows, inputs, layout, config, protocol)
        scale = inputs.normalisation().scale(rows["subject"])
        recorded = RecordedWindows(rows, inputs.eeg(), scale)
        n_bytes = len(rows) * 4 * len(layout.channels) * layout.n_samples
        held = n_bytes <= MAX_HELD_BYTES
        return cls(recorded[np.arange(len(rows))] if held else recorded, conditions)

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)

    @property
    def subject(self) -> NDArray[np.int64]:
        """Index of the subject of each window, (n,)."""
        return np.zeros(0, np.int64) if self.conditions is None else self.conditions.subject

    def statistics_rows(self) -> NDArray[np.intp]:
        """Return the windows that statistics are fitted on, ascending; see the limits above."""
        n_people = len(np.unique(self.subject))
        most = MAX_FITTED_BYTES // self.x[np.arange(1)].nbytes // n_people
        return rows_per_person(self.subject, max(1, min(MAX_PERSON_WINDOWS, most)))

    def is_finite(self) -> bool:
        """Return whether all EEG is finite."""
        blocks = (np.arange(len(self))[i : i + _BLOCK] for i in range(0, len(self), _BLOCK))
        return all(bool(self.x[rows].isfinite().all()) for rows in blocks)

    def batches(
        self, order: NDArray[np.intp], size: int, device: torch.device
    ) -> Iterator[tuple[Tensor, Condition]]:
        """Yield EEG and conditions of the windows `order`, `size` per batch."""
        if self.conditions is None:
            return
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield moved(self.x[rows], device), self.conditions.batch(rows).to(device)
