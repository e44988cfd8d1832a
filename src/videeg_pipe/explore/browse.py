"""Samples of a release by filter, text and page: labels alone, no EEG."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.reader.release import Release

FILTERS = ("subject", "concept", "emotion", "split")
"""Labels that samples can be filtered by."""
_ALSO_FOUND = ("video_id",)


class Browser:
    """Labels of all samples of a release, in a form that is searched in milliseconds."""

    def __init__(self, release: Release) -> None:
        self._n = len(release)
        self._release = release
        self._names: dict[str, NDArray[np.str_]] = {}
        self._codes: dict[str, NDArray[np.int32]] = {}
        for name in (*FILTERS, *_ALSO_FOUND):
            names, codes = np.unique(release.values(name), return_inverse=True)
            self._names[name], self._codes[name] = names, codes.astype(np.int32)
        self._time_s = release.values("video_time_s")
        self._seed = release.values("seed")

    @property
    def choices(self) -> dict[str, list[str]]:
        """Values of each label, sorted; a label without values is left out."""
        found = {name: [value for value in self._names[name].tolist() if value] for name in FILTERS}
        return {name: values for name, values in found.items() if values}

    def select(self, filters: Mapping[str, str], text: str = "") -> NDArray[np.intp]:
        """Return the rows of samples, in order.

        Args:
            filters: Label of `FILTERS` to its value; others are ignored.
            text: A part of the sample's id, video or labels, in any letter case.
        """
        keep = np.ones(self._n, bool)
        for name in FILTERS:
            if value := filters.get(name):
                keep &= (self._names[name] == value)[self._codes[name]]
        if text:
            text = text.lower()
            found = np.strings.find(self._lower_ids, text) >= 0
            for name, names in self._names.items():
                found |= (np.strings.find(np.strings.lower(names), text) >= 0)[self._codes[name]]
            keep &= found
        return np.flatnonzero(keep)

    def describe(self, row: int) -> dict[str, Any]:
        """Return the labels of one sample, as JSON-able values.

        Raises:
            IndexError: for a row that the release does not have.
        """
        if not 0 <= row < self._n:
            raise IndexError(row)
        labels = {name: str(self._names[name][self._codes[name][row]]) for name in self._names}
        time_s = float(self._time_s[row])
        return labels | {
            "row": row,
            "sample_id": str(self._ids[row]),
            "video_time_s": time_s if np.isfinite(time_s) else None,
        }

    def seed(self, row: int) -> int:
        """Return the seed of one sample."""
        return int(self._seed[row])

    @cached_property
    def _ids(self) -> NDArray[np.str_]:
        return self._release.values("sample_id")

    @cached_property
    def _lower_ids(self) -> NDArray[np.str_]:
        return np.strings.lower(self._ids)
