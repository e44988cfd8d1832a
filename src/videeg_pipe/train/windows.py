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


@dataclass(frozen=True)
class TrainingWindows:
    """EEG and conditions of n windows, in memory (50 kB of EEG per window of 62 x 200)."""

    x: Tensor  # (n, C, T), normalised
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
        """Read the windows of these rows of the `cut` table; the table may be empty."""
        if rows.empty:
            return cls(torch.zeros(0, len(layout.channels), layout.n_samples), None)
        conditions = read_conditions(rows, inputs, layout, config, protocol)
        x = inputs.eeg().windows(rows)
        x /= inputs.normalisation().scale(rows["subject"])
        return cls(torch.from_numpy(x), conditions)

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)

    @property
    def subject(self) -> NDArray[np.int64]:
        """Index of the subject of each window, (n,)."""
        return np.zeros(0, np.int64) if self.conditions is None else self.conditions.subject

    def batches(
        self, order: NDArray[np.intp], size: int, device: torch.device
    ) -> Iterator[tuple[Tensor, Condition]]:
        """Yield EEG and conditions of the windows `order`, `size` per batch."""
        if self.conditions is None:
            return
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield self.x[rows].to(device), self.conditions.batch(rows).to(device)
