"""The files that training, sampling and validation read, and the conditions made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import TRACK_CHANNELS, EegStore, Normalisation, VideoFeatures
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_npy


@dataclass(frozen=True)
class Inputs:
    """Paths, by the names that the rules give their inputs; those a rule has not are absent."""

    paths: Mapping[str, Path]

    @classmethod
    def of(cls, named: Mapping[str, str]) -> "Inputs":
        """Take a rule's named inputs."""
        return cls({name: Path(path) for name, path in named.items() if isinstance(path, str)})

    def path(self, name: str) -> Path:
        """Path of one input."""
        return self.paths[name]

    def eeg(self) -> EegStore:
        """The preprocessed recordings, which lie beside their index."""
        return EegStore(self.path("index").parent)

    def normalisation(self) -> Normalisation:
        """The scales fitted on the training split."""
        return Normalisation.read(self.path("normalisation"))

    def windows(self, split: str | None = None, *, table: str = "cut") -> pd.DataFrame:
        """Rows of the `cut` or `windows` table, all or of one split, in the table's order."""
        rows = read_table(self.path(table), table)
        return rows if split is None else rows[rows["split"] == split].reset_index(drop=True)


@dataclass(frozen=True)
class Condition:
    """What a generator is told about a batch of B windows."""

    clip: Tensor  # (B, F, 768) CLIP embeddings of the frames in the context, oldest first
    text: Tensor  # (B, 77, 768) text tokens of the participant's sentence
    track: Tensor  # (B, K, Tu) stimulus track: history, then the window
    subject: Tensor  # (B,) index of a known subject; the number of subjects stands for a new one
    eeg_prior: Tensor | None = None  # (B, C, Tp) normalised EEG before the window

    def __len__(self) -> int:
        """Return B."""
        return len(self.subject)

    def to(self, device: torch.device) -> "Condition":
        """Move to a device."""
        return self._each(lambda part: part.to(device))

    def take(self, rows: Tensor) -> "Condition":
        """Conditions of some windows."""
        return self._each(lambda part: part[rows])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Condition":
        prior = None if self.eeg_prior is None else change(self.eeg_prior)
        return Condition(
            change(self.clip), change(self.text), change(self.track), change(self.subject), prior
        )


class PrecedingEeg:
    """The EEG just before windows, in the same recording: the optional prior."""

    def __init__(
        self,
        windows: pd.DataFrame,
        *,
        store: EegStore,
        normalisation: Normalisation,
        n_samples: int,
    ) -> None:
        """Look up where n windows start; nothing is read yet."""
        self._store, self._n_samples = store, n_samples
        self._places = list(zip(windows["recording_id"], windows["start_sample"], strict=True))
        self._scale = normalisation.scale(windows["subject"])  # (n, C, 1)

    def batch(self, rows: NDArray[np.intp]) -> Tensor:
        """Normalised EEG before some windows, (B, C, Tp); zero before a recording's start."""
        out = np.zeros((len(rows), self._scale.shape[1], self._n_samples), np.float32)
        for place, row in enumerate(rows):
            recording_id, end = self._places[row]
            before = self._store.recording(recording_id)[:, max(0, end - self._n_samples) : end]
            out[place, :, self._n_samples - before.shape[1] :] = before / self._scale[row]
        return torch.from_numpy(out)


class Conditions:
    """The conditions of many windows; each video and each sentence is held once."""

    def __init__(
        self,
        windows: pd.DataFrame,
        *,
        videos: Path,
        texts: Path,
        sfreq: float,
        subjects: list[str],
        config: ConditionOptions,
        prior: PrecedingEeg | None = None,
    ) -> None:
        """Read what the windows need.

        Args:
            windows: n rows of the `cut` or `windows` table.
            videos: `video/videos.json`; the features lie beside it.
            texts: `text/texts.json`; the tokens lie beside it.
            sfreq: Rate of the preprocessed EEG, Hz.
            subjects: Subjects known to the generator, in the order of their embedding.
            config: Context, frames and track.
            prior: EEG before the same windows, for a generator that takes it.
        """
        self._config, self._prior = config, prior
        self._index = {name: place for place, name in enumerate(subjects)}
        self.frame_times_s, self._clip, self._track = video_features(
            windows, videos=videos, sfreq=sfreq, config=config
        )
        names = sorted(windows["subject"].unique())
        tokens = [read_npy(texts.parent / f"{name}.npy") for name in names]
        self._text = np.stack(tokens).astype(np.float32)  # (S, 77, 768)
        self._text_row = windows["subject"].map({n: i for i, n in enumerate(names)}).to_numpy()
        self._subject = np.array([self._index.get(n, len(subjects)) for n in windows["subject"]])

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._subject)

    @property
    def clip(self) -> NDArray[np.float32]:
        """CLIP embeddings, (n, F, 768)."""
        return self._clip

    @property
    def track(self) -> NDArray[np.float32]:
        """Stimulus track, (n, K, Tu)."""
        return self._track

    @property
    def subject(self) -> NDArray[np.int64]:
        """Index of each window's subject, (n,)."""
        return self._subject

    def batch(self, rows: NDArray[np.intp]) -> Condition:
        """Conditions of some windows; paths that the config switches off are zero."""
        config = self._config
        clip, track = self._clip[rows], self._track[rows]
        text, subject = self._text[self._text_row[rows]], self._subject[rows]
        return Condition(
            torch.from_numpy(clip if config.use_clip else np.zeros_like(clip)),
            torch.from_numpy(text if config.use_text else np.zeros_like(text)),
            torch.from_numpy(track if config.use_track else np.zeros_like(track)),
            torch.from_numpy(
                subject if config.use_subject else np.full_like(subject, len(self._index))
            ),
            None if self._prior is None else self._prior.batch(rows),
        )


def read_conditions(
    windows: pd.DataFrame,
    inputs: Inputs,
    layout: EegLayout,
    config: ConditionOptions,
    protocol: str,
) -> Conditions:
    """Conditions of windows for a generator with this layout; see `LoadedGenerator.conditions`."""
    lengths = set(windows["n_samples"]) - {layout.n_samples}
    if lengths:
        raise UserError(
            "windows",
            expected=f"{layout.n_samples} samples, as the generator has",
            found=f"{min(lengths)} samples",
            next_step="train again with these windows",
        )
    prior = None
    if protocol == "reconstruction":
        prior = PrecedingEeg(
            windows,
            store=inputs.eeg(),
            normalisation=inputs.normalisation(),
            n_samples=round(config.context_s * layout.sfreq),
        )
    return Conditions(
        windows,
        videos=inputs.path("videos"),
        texts=inputs.path("texts"),
        sfreq=layout.sfreq,
        subjects=list(layout.subjects),
        config=config,
        prior=prior,
    )


def video_features(
    windows: pd.DataFrame, *, videos: Path, sfreq: float, config: ConditionOptions
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """What the videos say of n windows.

    Args:
        windows: n rows of the `cut` or `windows` table, all with one `n_samples`.
        videos: `video/videos.json`; the features lie beside it.
        sfreq: Rate of the preprocessed EEG, Hz.
        config: Context, frames and track.

    Returns:
        Presentation times of the context frames (n, F) in seconds, their CLIP embeddings
        (n, F, 768), and the stimulus track (n, K, Tu).
    """
    start_s = windows["video_time_s"].to_numpy()
    length_s = int(windows["n_samples"].iloc[0]) / sfreq
    frame_times_s = frame_times(start_s + length_s, config)  # (n, F)
    track_times_s = track_times(start_s, length_s, config)  # (n, Tu)
    clip = np.empty((*frame_times_s.shape, 768), np.float32)
    track = np.empty((len(windows), len(TRACK_CHANNELS), track_times_s.shape[1]), np.float32)
    places = windows.reset_index(drop=True).groupby("video_id", sort=False).indices
    for video_id, rows in places.items():
        features = VideoFeatures.read(videos.parent / f"{video_id}.npz")
        clip[rows] = features.clip_at(frame_times_s[rows])
        values = features.track_at(track_times_s[rows].ravel())  # (K, rows * Tu)
        track[rows] = values.reshape(len(TRACK_CHANNELS), len(rows), -1).transpose(1, 0, 2)
    return frame_times_s, clip, track


def frame_times(end_s: NDArray[np.float64], config: ConditionOptions) -> NDArray[np.float64]:
    """Presentation times of the context frames, (n, F), seconds, oldest first.

    The last frame is the one a step before the window's end, whose picture is on screen until
    then: the context is causal.
    """
    steps = np.arange(-config.n_frames, 0) * config.context_s / config.n_frames
    return np.maximum(end_s[:, None] + steps, 0.0)


def track_times(
    start_s: NDArray[np.float64], length_s: float, config: ConditionOptions
) -> NDArray[np.float64]:
    """Presentation times of the stimulus track, (n, Tu), seconds: history, then the window."""
    n = round((config.track_history_s + length_s) * config.track_rate)
    return start_s[:, None] - config.track_history_s + np.arange(n) / config.track_rate
