"""Recordings of the run that made a release: the real window beside each sample."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

if TYPE_CHECKING:
    import pandas as pd

    from videeg_pipe.contracts.stores import EegStore


class Recordings:
    """Real windows, found by the seed that each window and its sample share."""

    def __init__(self, results: Path, channels: list[str]) -> None:
        """Open the results of a run.

        Args:
            results: Folder with `windows.parquet` and `eeg/`.
            channels: Electrodes in the order to return.
        """
        self._table = results / "windows.parquet"
        self._index = results / "eeg" / "index.json"
        self._channels = channels

    @property
    def have_truth(self) -> bool:
        """Whether the recordings are simulated, with a known response to the videos."""
        return any("truth_sha256" in entry for entry in read_record(self._index)["recordings"])

    def window(self, seed: int, *, truth: bool = False) -> NDArray[np.float32]:
        """Return the recorded window that a sample was generated for, (C, T), microvolts.

        Args:
            seed: Of the sample.
            truth: Return its true response to the video instead.

        Raises:
            UserError: if the sample is of another run, or a recording is missing or damaged.
        """
        rows = self._windows.loc[self._windows["seed"] == seed]
        lacking = [name for name in self._channels if name not in self._store.channels]
        if len(rows) != 1 or lacking:
            raise UserError(
                str(self._table),
                expected="the windows of this release",
                found=f"other electrodes than {lacking[0]}" if lacking else f"no seed {seed}",
                next_step="explore the release in the results of its own run",
            )
        order = [self._store.channels.index(name) for name in self._channels]
        return self._store.windows(rows, truth=truth)[0][order]

    @cached_property
    def _store(self) -> "EegStore":
        from videeg_pipe.contracts.stores import EegStore

        return EegStore(self._index.parent)

    @cached_property
    def _windows(self) -> "pd.DataFrame":
        from videeg_pipe.contracts.tables import read_table  # takes two seconds

        return read_table(self._table, "windows")
