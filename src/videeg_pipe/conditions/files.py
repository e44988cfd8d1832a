"""Conditions from the files and tables of the stages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import read_window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore, ListedFiles
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_npy


@dataclass(frozen=True)
class Inputs:
    """Paths by the names of a rule's inputs; inputs that the rule lacks are absent."""

    paths: Mapping[str, Path]

    @classmethod
    def of(cls, named: Mapping[str, str]) -> "Inputs":
        """Make from a rule's named inputs."""
        return cls({name: Path(path) for name, path in named.items() if isinstance(path, str)})

    def path(self, name: str) -> Path:
        """Return the path of one input."""
        return self.paths[name]

    def eeg(self) -> EegStore:
        """Open the preprocessed recordings, which lie beside their index."""
        return EegStore(self.path("index").parent)

    def normalisation(self) -> ChannelScales:
        """Read the scales fitted on the training split."""
        return ChannelScales.read(self.path("normalisation"))

    def windows(self, split: str | None = None, *, table: str = "cut") -> pd.DataFrame:
        """Read the `cut` or `windows` table, all rows or those of one split, in its order."""
        rows = read_table(self.path(table), table)
        return rows if split is None else rows[rows["split"] == split].reset_index(drop=True)


class PrecedingEeg:
    """EEG just before windows, in the same recording: the optional prior."""

    def __init__(
        self,
        windows: pd.DataFrame,
        *,
        store: EegStore,
        normalisation: ChannelScales,
        n_samples: int,
    ) -> None:
        """Look up where n windows start; EEG is read by `batch`."""
        self._store, self._n_samples = store, n_samples
        self._places = list(zip(windows["recording_id"], windows["start_sample"], strict=True))
        self._scale = normalisation.scale(windows["subject"])  # (n, C, 1)

    def batch(self, rows: NDArray[np.intp]) -> Tensor:
        """Return normalised EEG before windows, (B, C, Tp); zero before a recording's start."""
        out = np.zeros((len(rows), self._scale.shape[1], self._n_samples), np.float32)
        for place, row in enumerate(rows):
            recording_id, end = self._places[row]
            before = self._store.recording(recording_id)[:, max(0, end - self._n_samples) : end]
            out[place, :, self._n_samples - before.shape[1] :] = before / self._scale[row]
        return torch.from_numpy(out)


class Conditions:
    """Conditions of many windows; equal sentences and moments of a video are held once."""

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
        """Read the features of the windows.

        Args:
            windows: n rows of the `cut` or `windows` table.
            videos: `video/videos.json`; the features lie beside it.
            texts: `text/texts.json`; the tokens lie beside it.
            sfreq: Rate of the preprocessed EEG, Hz.
            subjects: Subjects known to the generator, in the order of their embedding.
            config: Context, frames and track.
            prior: EEG before the same windows, for a generator that uses it.
        """
        self._config, self._prior = config, prior
        self._n_subjects = len(subjects)
        moment = ["video_id", "video_time_s"]  # equal ones, of several people, share their features
        self._moment = windows.groupby(moment, sort=False).ngroup().to_numpy()
        self._features = read_window_features(
            windows.drop_duplicates(moment), videos=videos, sfreq=sfreq, config=config
        )
        names = sorted(windows["subject"].unique())
        listed = ListedFiles(texts)
        tokens = [read_npy(listed.path(name)) for name in names]
        self._text = np.stack(tokens).astype(np.float32)  # (S, 77, 768)
        self._text_row = windows["subject"].map({n: i for i, n in enumerate(names)}).to_numpy()
        index = {name: place for place, name in enumerate(subjects)}
        self._subject = np.array([index.get(n, len(subjects)) for n in windows["subject"]])

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._subject)

    @property
    def subject(self) -> NDArray[np.int64]:
        """Index of each window's subject, (n,)."""
        return self._subject

    def stimuli(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return CLIP embeddings (B, F, 768) and stimulus track (B, K, Tu) of windows."""
        moments = self._moment[rows]
        return self._features.clip[moments], self._features.track[moments]

    def batch(self, rows: NDArray[np.intp]) -> Condition:
        """Return conditions of windows; inputs that the configuration switches off are zero."""
        clip, track = self.stimuli(rows)
        return make_condition(
            clip,
            self._text[self._text_row[rows]],
            track,
            self.subject[rows],
            self._config,
            n_subjects=self._n_subjects,
            eeg_prior=None if self._prior is None else self._prior.batch(rows),
        )


def read_conditions(
    windows: pd.DataFrame,
    inputs: Inputs,
    layout: EegLayout,
    config: ConditionOptions,
    protocol: str,
) -> Conditions:
    """Read the conditions of windows for a generator.

    Args:
        windows: Rows of the `cut` or `windows` table.
        inputs: `videos`, `texts` and, for reconstruction, `index` and `normalisation` are read.
        layout: Layout of the generator.
        config: Context, frames and track.
        protocol: "generation", or "reconstruction", where EEG before the windows is given.

    Raises:
        UserError: if the windows have another length than the generator's.
    """
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
