"""A release as a torch `Dataset`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from videeg_pipe.reader.release import Release, load_release

FIELDS = ("eeg", "clip_features", "stimulus_track", "concept_id", "subject", "sample_id")
"""Default fields of `VidEEGDataset`."""


class VidEEGDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Samples of a release, read one by one.

    Worker processes may use any start method. Each one opens the file for itself.
    """

    def __init__(
        self,
        path: str | Path,
        split: str | None = None,
        *,
        fields: Sequence[str] = FIELDS,
        scaled: bool = False,
    ) -> None:
        """Check the file and find the samples of a split.

        Args:
            path: `videeg-gen.h5`.
            split: train, validation or test; None for all.
            fields: Fields to return: data sets of the file, and `label`.
            scaled: Return `eeg` in [-1, 1], scaled per sample, instead of microvolts.

        Raises:
            UserError: for a missing file, an unknown split or field.
        """
        release = load_release(path, fields=fields)
        self._use(release if split is None else release.select(split=split), scaled)

    @classmethod
    def of(cls, release: Release, *, scaled: bool = False) -> "VidEEGDataset":
        """Make the data set of an open release, with its selection and fields."""
        dataset = cls.__new__(cls)
        dataset._use(release, scaled)
        return dataset

    def _use(self, release: Release, scaled: bool) -> None:
        self.release, self.scaled = release, scaled
        self.path, self.fields, self.rows = release.path, release.fields, release.rows
        self.sfreq, self.channel_names = release.sfreq, release.channel_names
        self._scale = release.values("eeg_scale") if scaled else None

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.release)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Read one sample: arrays as tensors, numbers as Python numbers, text as `str`.

        Raises:
            UserError: if the file is damaged.
        """
        sample = self.release[index]
        for name, value in sample.items():
            if isinstance(value, np.ndarray):
                sample[name] = torch.from_numpy(value)
        if self._scale is not None and "eeg" in sample:
            sample["eeg"] = sample["eeg"] * self._scale.item(index)
        return sample
