"""EEG windows and their conditions, in batches for training."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Inputs, read_conditions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.subset import fitted_rows
from videeg_pipe.runtime.errors import UserError, make_again

HELD_BYTES = 1 << 30
"""EEG that stays in memory; more is read from the recordings batch by batch."""

PERSON_WINDOWS = 2000
FITTED_BYTES = 1 << 29
"""Windows per person, and EEG of all people, that statistics are fitted to, at most.

Their fit copies its windows. Gradients see all windows.
"""


class TrainingWindows:
    """EEG and conditions of n windows, in memory that does not grow with the recordings."""

    def __init__(
        self,
        rows: pd.DataFrame,
        inputs: Inputs,
        layout: EegLayout,
        config: ConditionOptions,
        protocol: str,
    ) -> None:
        """Open the windows of these rows of the `cut` table; the table may be empty."""
        self._rows, self._inputs = rows.reset_index(drop=True), inputs
        self._window_bytes = 4 * len(layout.channels) * layout.n_samples
        self._held: Tensor | None = None
        if rows.empty:
            return
        self._store = inputs.eeg()
        self._scale = inputs.normalisation().scale(rows["subject"])  # (n, C, 1)
        self._conditions = read_conditions(rows, inputs, layout, config, protocol)
        if len(rows) * self._window_bytes <= HELD_BYTES:
            self._held = self._read(np.arange(len(rows)))

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._rows)

    @property
    def subject(self) -> NDArray[np.int64]:
        """Index of the subject of each window, (n,)."""
        return np.zeros(0, np.int64) if self._rows.empty else self._conditions.subject

    def fitted(self) -> NDArray[np.intp]:
        """Return the rows that statistics are fitted to; see `PERSON_WINDOWS`."""
        n_people = max(1, len(np.unique(self.subject)))
        most = FITTED_BYTES // self._window_bytes // n_people
        return fitted_rows(self.subject, max(1, min(PERSON_WINDOWS, most)))

    def eeg(self, rows: NDArray[np.intp]) -> Tensor:
        """Return the normalised EEG of windows, (B, C, T).

        Raises:
            UserError: if it is not finite.
        """
        if self._held is None:
            return self._read(rows)
        return self._held if np.array_equal(rows, np.arange(len(self))) else self._held[rows]

    def stimuli(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Return CLIP embeddings (B, F, 768) and stimulus track (B, K, Tu) of windows."""
        clip, track = self._conditions.stimuli(rows)
        return torch.from_numpy(clip), torch.from_numpy(track)

    def batches(
        self, order: NDArray[np.intp], size: int, device: torch.device
    ) -> Iterator[tuple[Tensor, Condition]]:
        """Yield EEG and conditions of the windows `order`, `size` per batch."""
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield self.eeg(rows).to(device), self._conditions.batch(rows).to(device)

    def _read(self, rows: NDArray[np.intp]) -> Tensor:
        x = self._store.windows(self._rows.iloc[rows])
        x /= self._scale[rows]
        if not np.isfinite(x).all():
            raise UserError(
                str(self._inputs.path("index")),
                expected="finite EEG in the windows",
                found="NaN or infinity",
                next_step=make_again("preprocess"),
            )
        return torch.from_numpy(x)
