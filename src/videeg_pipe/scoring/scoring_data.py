"""The data of most scores: real windows of one split, and the released samples made for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.contracts.stores import ListedFiles, VideoFeatures
from videeg_pipe.reader.volumes import check_volumes
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import missing
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.choice import most_windows
from videeg_pipe.scoring.stats import bootstrap_units, moments
from videeg_pipe.stimuli.tags import tagged_hz

SPLIT = "test"
"""The split that metrics.json scores."""

PHASE_UNKNOWN = "the phase of the flicker in these recordings is unknown"
"""Reason of the missing scores of waveforms."""


@dataclass(frozen=True)
class ScoringData:
    """Real and generated windows; C electrodes, T samples."""

    windows: pd.DataFrame  # n rows of the `windows` table, one split
    real: NDArray[np.float32]  # (n, C, T) uV
    truth: NDArray[np.float32] | None  # (n, C, T) uV, true evoked part, if known
    scale: NDArray[np.float32]  # (n, C, 1) uV, of the normalisation
    generated: NDArray[np.float32]  # (m, C, T) uV, released samples of the split
    matched: NDArray[np.intp]  # (m,) row in `windows` that each sample was generated for
    sfreq: float  # Hz
    channels: tuple[str, ...]
    positions: NDArray[np.float64]  # (C, 3) m
    training_mean: NDArray[np.float32] | None = None  # (n, C, T) of each person, normalised
    training: NDArray[np.float32] | None = None  # (n, C, T) uV, a training window of each person
    tags: Mapping[str, tuple[float, ...]] = field(
        default_factory=dict
    )  # Hz of each video's flicker
    highest_hz: float = HIGHEST_HZ  # that the recordings' filter keeps

    @property
    def samples(self) -> pd.DataFrame:
        """Rows of `windows` that the samples were generated for, (m,)."""
        return self.windows.iloc[self.matched].reset_index(drop=True)

    @property
    def phases_known(self) -> bool:
        """Whether the phase of every flicker is known, so that waveforms can be compared."""
        return phases_known(self.windows)

    @property
    def bootstrap_units(self) -> "pd.Series[Any]":
        """Clip of each window, (n,), as `stats.bootstrap_units` numbers them."""
        return bootstrap_units(self.windows)

    @property
    def normalised(self) -> NDArray[np.float32]:
        """Real windows divided by `scale`, (n, C, T)."""
        return self.real / self.scale

    @property
    def at_onset(self) -> NDArray[np.bool_]:
        """Whether a window is the first of its clip, (n,)."""
        first = self.windows.groupby("clip_id")["start_sample"].transform("min")
        return (self.windows["start_sample"] == first).to_numpy()

    def others(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """List per window in `rows` the rows of other people at the same moment; may be empty."""
        seen, subject = moments(self.windows), self.windows["subject"].to_numpy()
        places = seen.groupby(seen).indices
        same = (places[seen[row]] for row in rows)
        return [at[subject[at] != subject[row]] for row, at in zip(rows, same, strict=True)]


def phases_known(windows: pd.DataFrame) -> bool:
    """Return whether windows have no flicker of unknown phase."""
    return "phase_known" not in windows or bool(windows["phase_known"].all())


def read_scoring_data(h5: Path, inputs: Inputs) -> ScoringData:
    """Read the real windows of the test split and the released samples made for them.

    Raises:
        UserError: if the release has no sample of that split, a sample of an unknown window, or
            lacks a volume.
    """
    real, known = read_split(inputs, SPLIT), inputs.windows(SPLIT, table="windows")["seed"]
    if not h5.is_file():
        raise missing(h5)
    with h5py.File(h5) as file:
        check_volumes(file, h5)
        rows = np.flatnonzero(file["split"].asstr()[:] == SPLIT)
        if not len(rows):
            raise UserError(
                str(h5),
                expected=f"samples of the {SPLIT} split to score",
                found="none",
                next_step="raise release.n_samples or the last of release.fractions",
            )
        seeds = file["seed"][rows]  # every window has its own
        unknown = seeds[~np.isin(seeds, known)]
        if len(unknown):
            raise UserError(
                str(h5),
                expected="samples drawn for windows of the windows table",
                found=f"seed {unknown[0]}, which no window has",
                next_step=make_again(str(h5)),
            )
        matched = pd.Index(real.windows["seed"]).get_indexer(seeds)
        scored = matched >= 0
        return replace(real, generated=file["eeg"][rows[scored]], matched=matched[scored])


def read_split(inputs: Inputs, split: str) -> ScoringData:
    """Read the real windows of a split, at most `MOST_WINDOWS`, without samples."""
    windows, store = most_windows(inputs.windows(split, table="windows")), inputs.eeg()
    real = store.windows(windows)
    training = inputs.windows("train", table="windows")
    return ScoringData(
        windows=windows,
        real=real,
        truth=store.windows(windows, truth=True) if store.has_truth(windows) else None,
        scale=inputs.normalisation().scale(windows["subject"]),
        generated=np.zeros((0, *real.shape[1:]), np.float32),
        matched=np.zeros(0, np.intp),
        sfreq=store.sfreq,
        channels=store.channels,
        positions=store.positions,
        training_mean=_training_means(training, windows["subject"], inputs),
        training=_training_windows(training, windows, inputs),
        tags=_tags(windows["video_id"], inputs),
    )


def _tags(videos: "pd.Series[str]", inputs: Inputs) -> dict[str, tuple[float, ...]]:
    """Return the frequencies of each video's flicker, Hz."""
    listed = ListedFiles(inputs.path("videos"))
    features = {name: VideoFeatures.read(listed.path(name)) for name in videos.unique()}
    return {name: tagged_hz(own.track, own.track_s) for name, own in features.items()}


def _training_means(
    training: pd.DataFrame, subjects: "pd.Series[str]", inputs: Inputs
) -> NDArray[np.float32] | None:
    """Return the mean training window of each of n subjects, normalised, (n, C, T).

    That of people without training windows is the mean over people who have some.
    """
    store, scales = inputs.eeg(), inputs.normalisation()
    means = {
        subject: (store.windows(own) / scales.scale(own["subject"])).mean(0)
        for subject, of_person in training.groupby("subject")
        if len(own := most_windows(of_person))
    }
    if not means:
        return None
    population: NDArray[np.float32] = np.mean(list(means.values()), axis=0)
    return np.stack([means.get(name, population) for name in subjects])


def _training_windows(
    training: pd.DataFrame, windows: pd.DataFrame, inputs: Inputs
) -> NDArray[np.float32] | None:
    """Return a training window of the same person for each of n windows, (n, C, T) uV.

    None where somebody has no training windows. The choice depends on the window ids.
    """
    own = training.groupby("subject").indices
    if any(not len(own.get(name, ())) for name in windows["subject"].unique()):
        return None
    rows = np.empty(len(windows), np.intp)
    for name, places in windows.groupby("subject").indices.items():
        seed = derive_seed(0, "training windows", *windows["window_id"].iloc[places])
        order = np.random.default_rng(seed).permutation(own[name])
        rows[places] = np.resize(order, len(places))  # again from the first where there are fewer
    return inputs.eeg().windows(training.iloc[rows].reset_index(drop=True))


def with_draws(
    data: ScoringData, samples: NDArray[np.float32], rows: NDArray[np.intp]
) -> ScoringData:
    """Put normalised draws (k, C, T) for the windows `rows` (k,) in place of the samples."""
    return replace(data, generated=samples * data.scale[rows], matched=rows)
