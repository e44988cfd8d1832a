"""Ridge: linear regression of each person's EEG on the preceding stimulus.

A multivariate temporal response function (Crosse et al. 2016, doi 10.3389/fnhum.2016.00604): one
set of weights for all samples of a window, over lags of the stimulus track and of the frames'
principal components. The estimators of mne.decoding do not fit: they need stimulus and EEG of equal
length, but a window's first samples respond to the stimulus before it.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.models.floors.floor import Floor
from videeg_pipe.models.parts.lags import frame_at, shown_at, triangles

_COMPONENTS = 16  # principal, of the CLIP embedding
_LAGS, _LONGEST_S = 25, 0.75  # basis of overlapping triangles
_FOLDS = 5
_BATCH = 64  # windows per batch of features
_CONSTANT = 1e-5  # of the largest SD: features that vary less count as constant

PENALTIES = torch.logspace(-5, 1, 7, dtype=torch.float64)
"""Candidate penalties over the number of samples, for features of unit variance."""


class Ridge(Floor):
    """The conditional mean without noise: a draw is the regression's prediction.

    The person's mean window is the intercept. The penalty is chosen by five-fold cross-validation
    on the training windows.
    """

    shown: Tensor
    frame: Tensor
    lags: Tensor
    track_mean: Tensor
    clip_mean: Tensor
    components: Tensor
    weights: Tensor
    intercept: Tensor

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Make indices into track and frames, and the weights; the last row is the population."""
        S, C, T = self.shape
        sfreq, K = self.layout.sfreq, len(TRACK_CHANNELS)
        lags = triangles(_LAGS, _LONGEST_S, sfreq)[:, ::-1]  # the latest sample comes last
        times_s = np.arange(1 - lags.shape[1], T) / sfreq  # since the window's start
        for name, values in {
            "shown": shown_at(times_s, T / sfreq, condition),
            "frame": frame_at(times_s, T / sfreq, condition),
            "lags": lags.T.copy(),
        }.items():
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        p = (K + _COMPONENTS) * _LAGS
        self.register_buffer("track_mean", torch.zeros(K))
        self.register_buffer("clip_mean", torch.zeros(CLIP_WIDTH))
        self.register_buffer("components", torch.zeros(CLIP_WIDTH, _COMPONENTS))
        self.register_buffer("weights", torch.zeros(S + 1, p, C))
        self.register_buffer("intercept", torch.zeros(S + 1, C, T))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit each person, and all people pooled; see `EegGenerator.fit`."""
        self.track_mean.copy_(track.mean((0, 2)))
        frames = clip.flatten(0, 1)  # (n * F, 768)
        self.clip_mean.copy_(frames.mean(0))
        # by rising variance; in single precision, eigh fails where few frames differ
        _, vectors = torch.linalg.eigh(torch.cov(frames.double().T))
        self.components.copy_(vectors[:, -_COMPONENTS:])
        pooled, means = torch.zeros((), dtype=torch.float64), []
        for s in range(len(self.weights) - 1):
            rows = (subject == s).nonzero()[:, 0]
            x_mean = x[rows].mean(0)  # (C, T)
            sums = (f.sum(0) for _, f in self._batches(rows, clip, track))
            f_mean = torch.stack(list(sums)).sum(0) / len(rows)  # (T, p)
            folds = torch.zeros(_FOLDS, *2 * [f_mean.shape[1] + len(x_mean)], dtype=torch.float64)
            for k, fold in enumerate(rows.tensor_split(_FOLDS)):  # neighbours stay together
                for part, f in self._batches(fold, clip, track):
                    fx = torch.cat([f - f_mean, (x[part] - x_mean).mT], -1)  # (b, T, p + C)
                    fx = fx.flatten(0, 1)
                    folds[k] += fx.T @ fx
            self.weights[s] = ridge(folds, f_mean.shape[1])
            pooled = pooled + folds
            means.append((x_mean, f_mean))
        self.weights[-1] = ridge(pooled, self.weights.shape[1])
        x_means, f_means = (torch.stack(parts) for parts in zip(*means, strict=True))
        x_means = torch.cat([x_means, x_means.mean(0, keepdim=True)])  # (S + 1, C, T)
        f_means = torch.cat([f_means, f_means.mean(0, keepdim=True)])  # (S + 1, T, p)
        self.intercept.copy_(x_means - (f_means @ self.weights).mT)

    def mean(self, condition: Condition) -> Tensor:
        """Return the conditional mean, (B, C, T)."""
        return self.predicted(condition.subject, condition.clip, condition.track)

    def predicted(self, subject: Tensor, clip: Tensor, track: Tensor) -> Tensor:
        """Return the response of people (B,) to a stimulus as in `features`, (B, C, T)."""
        f = self.features(clip, track)  # (B, T, p)
        return self.intercept[subject] + (f @ self.weights[subject]).mT

    def features(self, clip: Tensor, track: Tensor) -> Tensor:
        """Return lagged features of the stimulus at each sample, (B, T, p).

        Between context frames, the last frame holds.

        Args:
            clip: CLIP features, (B, F, 768).
            track: Stimulus track, (B, K, Tu).
        """
        pictures = ((clip - self.clip_mean) @ self.components).mT  # (B, components, F)
        track = track - self.track_mean[:, None]  # (B, K, Tu)
        shown = torch.cat([track @ self.shown, pictures[..., self.frame]], 1)  # (B, ., past+T)
        past = shown.unfold(-1, len(self.lags), 1)  # (B, ., T, lags in samples)
        return (past @ self.lags).transpose(1, 2).flatten(2)

    def _batches(
        self, rows: Tensor, clip: Tensor, track: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield rows (b,) and their features (b, T, p), batch by batch."""
        for part in rows.split(_BATCH):
            yield part, self.features(clip[part], track[part])


def ridge(folds: Tensor, p: int) -> Tensor:
    """Return weights (p, C) of p features, with the penalty that predicts held-out folds best.

    Args:
        folds: Second moments of features and outputs in each fold, (K, p + C, p + C), float64.
        p: Number of features.
    """
    variance = folds.sum(0).diagonal()[:p]
    scale = variance.sqrt().clamp_min(_CONSTANT * variance.max().sqrt())[:, None]  # (p, 1)
    ff = folds[:, :p, :p] / scale / scale.T  # (K, p, p), unit diagonal in their sum
    fx = folds[:, :p, p:] / scale  # (K, p, C)
    errors = torch.zeros(len(PENALTIES), dtype=folds.dtype)
    for k in range(len(folds)):
        tried = _solved(ff.sum(0) - ff[k], fx.sum(0) - fx[k], PENALTIES)  # (penalties, p, C)
        errors += (tried * (ff[k] @ tried - 2 * fx[k])).sum((1, 2))  # up to the outputs' power
    best = PENALTIES[errors.argmin()]
    return (_solved(ff.sum(0), fx.sum(0), best[None])[0] / scale).float()


def _solved(ff: Tensor, fx: Tensor, penalties: Tensor) -> Tensor:
    """Solutions W of (ff + penalty) W = fx, (penalties, p, C)."""
    values, vectors = torch.linalg.eigh(ff)
    return vectors @ ((vectors.T @ fx) / (values.clamp_min(0) + penalties[:, None])[..., None])
