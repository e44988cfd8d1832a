"""The stimulus track, brought onto the window's time tokens with its causal history."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional


class TrackEncoder(nn.Module):
    """A token sees the track from one history length before its start up to its end.

    The track is first put on a grid with a whole number of points a token, so that every token sees
    it at the same lags; a point takes frames that were on screen by then and none after.
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
            rate: Frames of the track a second, Hz.
            width: Width of a token.
        """
        super().__init__()
        token_s = window_s / n_tokens
        step = max(1, round(token_s * rate))  # grid points a token
        past = int(np.ceil(history_s / token_s - 1e-9)) * step  # grid points before the window
        times = (np.arange(-past, n_tokens * step) + 1) * token_s / step  # each point's own end
        n_frames = round((history_s + window_s) * rate)
        weights = _interpolation(times * rate + history_s * rate - 1, n_frames)
        self.register_buffer("resample", torch.from_numpy(weights), persistent=False)
        self.register_buffer("mean", torch.zeros(n_features, 1))
        self.register_buffer("sd", torch.ones(n_features, 1))
        self.lags = nn.Conv1d(n_features, width, past + step, stride=step)
        self.mix = nn.Linear(width, width)

    def fit(self, track: Tensor) -> None:
        """Take mean and SD of the training windows' track, (n, K, Tu)."""
        self.mean.copy_(track.mean(dim=(0, 2))[:, None])
        self.sd.copy_(track.std(dim=(0, 2))[:, None].clamp_min(1e-6))

    def forward(self, track: Tensor) -> Tensor:
        """Encode (B, K, Tu) as (B, P, width)."""
        u = (track - self.mean) / self.sd  # (B, K, Tu)
        u = self.lags(u @ self.resample)  # (B, width, P)
        return self.mix(functional.gelu(u.transpose(1, 2)))  # (B, P, width)


def _interpolation(places: NDArray[np.float64], n_frames: int) -> NDArray[np.float32]:
    """Weights (n_frames, len(places)) of linear interpolation at fractional frames, held outside.

    A place p falls between the frames floor(p) and floor(p) + 1. Frame i is on screen from i on,
    and the caller asks for p one frame before the present: nothing of the future gets in.
    """
    places = np.clip(places, 0, n_frames - 1)
    low = np.minimum(places.astype(int), n_frames - 2)
    weights = np.zeros((n_frames, len(places)), np.float32)
    columns = np.arange(len(places))
    weights[low, columns] = 1 - (places - low)
    weights[low + 1, columns] = places - low
    return weights
