"""What is scored: the real windows of one split and the released samples that belong to them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing
from videeg_pipe.scoring.stats import blocks, moments

SPLIT = "test"
"""The split that every score of metrics.json is given on."""


@dataclass(frozen=True)
class Material:
    """Windows to compare; C electrodes, T samples."""

    windows: pd.DataFrame  # n rows of the `windows` table, one split
    real: NDArray[np.float32]  # (n, C, T) uV
    truth: NDArray[np.float32] | None  # (n, C, T) uV, the true evoked part where it is known
    scale: NDArray[np.float32]  # (n, C, 1) uV, the normalisation's
    generated: NDArray[np.float32]  # (m, C, T) uV, released samples of the split
    matched: NDArray[np.intp]  # (m,) row in `windows` that each sample was generated for
    sfreq: float  # Hz
    channels: tuple[str, ...]
    positions: NDArray[np.float64]  # (C, 3) m

    @property
    def samples(self) -> pd.DataFrame:
        """Rows of `windows` of the released samples, (m,)."""
        return self.windows.iloc[self.matched].reset_index(drop=True)

    @property
    def blocks(self) -> "pd.Series[Any]":
        """What intervals draw as a whole, (n,): the clip of each window; see `stats.blocks`."""
        return blocks(self.windows)

    @property
    def normalised(self) -> NDArray[np.float32]:
        """The real windows divided by the normalisation's scale, (n, C, T)."""
        return self.real / self.scale

    @property
    def at_onset(self) -> NDArray[np.bool_]:
        """Which windows are the first of their clip, (n,)."""
        first = self.windows.groupby("clip_id")["start_sample"].transform("min")
        return (self.windows["start_sample"] == first).to_numpy()

    def others(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """For each of some windows, the rows of other people at the same moment; maybe none."""
        seen, subject = moments(self.windows), self.windows["subject"].to_numpy()
        places = seen.groupby(seen).indices
        same = (places[seen[row]] for row in rows)
        return [at[subject[at] != subject[row]] for row, at in zip(rows, same, strict=True)]


def read_material(h5: Path, inputs: Inputs) -> Material:
    """Read the real windows of the test split and the released samples made for them.

    Raises:
        UserError: if the release has no sample of that split, or one of no known window.
    """
    real, (seeds, generated) = read_split(inputs, SPLIT), _released(h5)
    matched = pd.Index(real.windows["seed"]).get_indexer(seeds)  # a window has a seed of its own
    if (matched < 0).any():
        raise UserError(
            str(h5),
            expected="samples drawn for windows of the windows table",
            found=f"seed {seeds[int(np.argmin(matched))]}, which no window has",
            next_step="delete it and run the release again",
        )
    return replace(real, generated=generated, matched=matched)


def read_split(inputs: Inputs, split: str) -> Material:
    """Read the real windows of a split; nothing is generated for them yet."""
    windows, store = inputs.windows(split, table="windows"), inputs.eeg()
    real = store.windows(windows)
    return Material(
        windows=windows,
        real=real,
        truth=store.windows(windows, truth=True) if store.has_truth(windows) else None,
        scale=inputs.normalisation().scale(windows["subject"]),
        generated=np.zeros((0, *real.shape[1:]), np.float32),
        matched=np.zeros(0, np.intp),
        sfreq=store.sfreq,
        channels=store.channels,
        positions=store.positions,
    )


def with_draws(
    material: Material, samples: NDArray[np.float32], rows: NDArray[np.intp]
) -> Material:
    """Material whose generated windows are these normalised draws (k, C, T) for `rows` (k,)."""
    return replace(material, generated=samples * material.scale[rows], matched=rows)


def _released(h5: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if not h5.is_file():
        raise missing(h5)
    with h5py.File(h5) as file:
        rows = np.flatnonzero(file["split"].asstr()[:] == SPLIT)
        if not len(rows):
            raise UserError(
                str(h5),
                expected=f"samples of the {SPLIT} split to score",
                found="none",
                next_step="raise release.n_samples or the last of release.fractions",
            )
        return file["seed"][rows], file["eeg"][rows]
