"""The evoked head: regression of a window's conditional mean on stimulus and person.

A drive is a function of the stimulus track, gated by the CLIP features. It is filtered with a
response of the person, and projects to the scalp with a topography of the person:

    m(t) = sum_h M_sh (k_sh * [d_h(track) g_h(clip)])(t)

Response and topography are the population's plus a person's deviation, which is zero for unknown
people. Training treats a share of the windows as of unknown people.

The head is a temporal response function (Crosse et al. 2016, doi 10.3389/fnhum.2016.00604) with
learned drives and low rank over electrodes.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.spgn import EvokedOptions
from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.models.parts.lags import frame_at, shown_at, triangles

_RATE = 2.5 * HIGHEST_HZ  # least rate of responses, Hz


class EvokedHead(nn.Module):
    """Regress the conditional mean; unknown people get the population's response."""

    shown: Tensor
    index: Tensor
    frame: Tensor
    lag_basis: Tensor
    between: Tensor
    track_mean: Tensor
    track_sd: Tensor
    clip_mean: Tensor
    clip_sd: Tensor

    def __init__(
        self, layout: EegLayout, config: EvokedOptions, condition: ConditionOptions
    ) -> None:
        """Make the layers.

        Args:
            layout: Electrodes, rate, length and subjects.
            config: Drives, lags and widths.
            condition: Rates and lengths of frames and track.
        """
        super().__init__()
        H, S, C = config.drives, len(layout.subjects), len(layout.channels)
        window_s = layout.n_samples / layout.sfreq
        step = max(1, int(layout.sfreq / _RATE))
        rate, self.n_points = layout.sfreq / step, -(-layout.n_samples // step)
        n_past = round(condition.track_history_s * rate)
        times_s = np.arange(-n_past, self.n_points) / rate  # since the window's start
        buffers = {
            "shown": shown_at(times_s, window_s, condition),
            "frame": frame_at(times_s, window_s, condition),
            "lag_basis": triangles(config.lags, config.longest_lag_s, rate),
            "between": _between(self.n_points, layout.n_samples, step),
        }
        for name, values in buffers.items():
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        # an index is faster than weights, and sums gradients in an order that does not change
        self._one_each = int(self.shown.count_nonzero()) == len(times_s)
        self.register_buffer("index", self.shown.argmax(0), persistent=False)
        K = len(TRACK_CHANNELS)
        for name, size in (("track", K), ("clip", CLIP_WIDTH)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_sd", torch.ones(size))
        self.drive = nn.Sequential(
            nn.Linear(K, config.width), nn.GELU(), nn.Linear(config.width, H)
        )
        self.drive_linear = nn.Linear(K, H)
        ungated = nn.Linear(config.width, H)
        self.gate = nn.Sequential(
            nn.LayerNorm(CLIP_WIDTH),
            nn.Linear(CLIP_WIDTH, config.width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            ungated,
        )
        self.k = nn.Parameter(0.1 * torch.randn(H, config.lags))
        self.k_person = nn.Embedding(S + 1, H * config.lags, padding_idx=S)  # row S stays zero
        # not zero: drives and maps would have no gradient
        self.M = nn.Parameter(0.02 * torch.randn(C, H))
        self.M_person = nn.Embedding(S + 1, C * H, padding_idx=S)
        for added in (self.k_person, self.M_person):
            nn.init.zeros_(added.weight)
        nn.init.normal_(self.drive_linear.weight, std=0.5)
        nn.init.zeros_(ungated.weight)

    def fit(self, clip: Tensor, track: Tensor) -> None:
        """Fit the scales of the training windows' CLIP (n, F, 768) and track (n, K, Tu)."""
        for name, values in (("clip", clip), ("track", track.transpose(1, 2))):
            values = values.flatten(0, 1)  # (n * times, features)
            getattr(self, f"{name}_mean").copy_(values.mean(0))
            getattr(self, f"{name}_sd").copy_(values.std(0).clamp_min(1e-3))

    def forward(self, condition: Condition) -> Tensor:
        """Return the conditional mean of normalised EEG, (B, C, T)."""
        person = condition.subject
        track = (condition.track.transpose(1, 2) - self.track_mean) / self.track_sd  # (B, Tu, K)
        d = self.drive(track) + self.drive_linear(track)  # (B, Tu, H)
        g = 1 + self.gate((condition.clip - self.clip_mean) / self.clip_sd)  # (B, F, H)
        shown = d[:, self.index] if self._one_each else self.shown.T @ d
        driven = (shown * g[:, self.frame]).transpose(1, 2)  # (B, H, past + N)
        k_person = self.k_person(person).view(-1, *self.k.shape)  # (B, H, lags)
        k = (self.k + k_person) @ self.lag_basis  # (B, H, L)
        # the circular part falls on points before the window, which are dropped
        n = max(driven.shape[-1], self.n_points + k.shape[-1] - 1)
        n = next_fast_len(n, real=True)
        spectrum = torch.fft.rfft(driven.float(), n) * torch.fft.rfft(k.float(), n)
        y = torch.fft.irfft(spectrum, n)[..., : driven.shape[-1]]  # (B, H, past + N)
        M = self.M + self.M_person(person).view(-1, *self.M.shape)  # (B, C, H)
        return M @ y[..., -self.n_points :] @ self.between  # (B, C, T)


def _between(n_points: int, n_samples: int, step: int) -> NDArray[np.float32]:
    """Return weights from every `step`-th sample to all samples, (n_points, n_samples)."""
    samples, points = np.arange(n_samples), step * np.arange(n_points)
    rows = [np.interp(samples, points, unit) for unit in np.eye(n_points)]
    return np.stack(rows).astype(np.float32)
