"""Encoder of the stimulus track with its history, causal and aligned with time tokens."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


class TrackEncoder(nn.Module):
    """Encode, per token, the track from one history length before its start up to its end.

    The track is resampled to a grid with a whole number of points per token, so that all tokens
    have the same lags. A grid point depends only on frames that had been shown by then.
    """

    mean: Tensor
    sd: Tensor
    resample: Tensor

    def __init__(
        self,
        n_features: int,
        *,
        n_tokens: int,
        window_s: float,
        history_s: float,
        rate: float,
        width: int,
    ) -> None:
        """Make the layers.

        Args:
            n_features: K, rows of the track.
            n_tokens: P, time tokens of the window.
            window_s: Length of the window, s.
            history_s: Track before the window's start, s.
            rate: Frame rate of the track, Hz.
            width: Width of a token.
        """
        super().__init__()
        token_s = window_s / n_tokens
        step = max(1, round(token_s * rate))  # grid points per token
        past = int(np.ceil(history_s / token_s - 1e-9)) * step  # grid points before the window
        times = (np.arange(-past, n_tokens * step) + 1) * token_s / step  # end of each point
        n_frames = round((history_s + window_s) * rate)
        weights = _interpolation(times * rate + history_s * rate - 1, n_frames)
        self.register_buffer("resample", torch.from_numpy(weights), persistent=False)
        self.register_buffer("mean", torch.zeros(n_features, 1))
        self.register_buffer("sd", torch.ones(n_features, 1))
        self.lags = nn.Conv1d(n_features, width, past + step, stride=step)
        self.mix = nn.Linear(width, width)

    def fit(self, track: Tensor) -> None:
        """Fit mean and SD of the training windows' track, (n, K, Tu)."""
        self.mean.copy_(track.mean(dim=(0, 2))[:, None])
        self.sd.copy_(track.std(dim=(0, 2))[:, None].clamp_min(1e-6))

    def forward(self, track: Tensor) -> Tensor:
        """Encode (B, K, Tu) as (B, P, width)."""
        u = (track - self.mean) / self.sd  # (B, K, Tu)
        u = self.lags(u @ self.resample)  # (B, width, P)
        return self.mix(functional.gelu(u.transpose(1, 2)))  # (B, P, width)


def _interpolation(places: NDArray[np.float64], n_frames: int) -> NDArray[np.float32]:
    """Return weights of linear interpolation at fractional frames, (n_frames, len(places)).

    Place p lies between frames floor(p) and floor(p) + 1; places outside take the nearest frame.
    Frame i is shown from time i on, and callers pass p one frame before the present, so that no
    future frame is used.
    """
    places = np.clip(places, 0, n_frames - 1)
    low = np.minimum(places.astype(int), n_frames - 2)
    weights = np.zeros((n_frames, len(places)), np.float32)
    columns = np.arange(len(places))
    weights[low, columns] = 1 - (places - low)
    weights[low + 1, columns] = places - low
    return weights
