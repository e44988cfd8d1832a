"""GLMNet, the encoder of the optional EEG prior: a global and a visual view of the scalp."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.runtime.errors import UserError

_KERNEL, _POOL, _STRIDE, _FILTERS = 25, 51, 5, 40


def visual_channels(channels: tuple[str, ...], positions_m: NDArray[np.float64]) -> list[int]:
    """Return the indices of the electrodes over visual cortex.

    They are chosen by name (PO*, O*, CB*: SEED-DV's last twelve); with fewer than two such names,
    the rearmost fifth by position.
    """
    named = [i for i, name in enumerate(channels) if name.upper().startswith(("PO", "O", "CB"))]
    if len(named) >= 2:
        return named
    n = max(2, len(channels) // 5)
    return sorted(np.argsort(positions_m[:, 1], kind="stable")[:n].tolist())


class ShallowNet(nn.Module):
    """Temporal and spatial convolution, average pooling, projection."""

    def __init__(self, n_channels: int, n_samples: int, width: int) -> None:
        super().__init__()
        pooled = (n_samples - _KERNEL + 1 - _POOL) // _STRIDE + 1
        if pooled < 1:
            raise UserError(
                "condition.context_s",
                expected=f"at least {_KERNEL + _POOL - 1} samples of EEG prior",
                found=f"{n_samples} samples",
                next_step="lengthen condition.context_s or set spgn.eeg_prior to off",
            )
        self.temporal = nn.Conv2d(1, _FILTERS, (1, _KERNEL))
        self.spatial = nn.Conv2d(_FILTERS, _FILTERS, (n_channels, 1), bias=False)
        self.after = nn.Sequential(
            nn.BatchNorm2d(_FILTERS),
            nn.ELU(),
            nn.AvgPool2d((1, _POOL), (1, _STRIDE)),
            nn.Dropout(0.5),
            nn.Flatten(),
            nn.Linear(_FILTERS * pooled, width),
        )

    def forward(self, eeg: Tensor) -> Tensor:
        """Encode (B, C, T) as (B, width)."""
        return self.after(self.convolve(eeg)[:, :, None])  # (B, width)

    def convolve(self, eeg: Tensor) -> Tensor:
        """Filter in time, then in space, (B, 40, T - 24).

        Nothing lies between the two convolutions, so one with the product of their kernels gives
        the same. It needs a tenth of the time, and no array with filters and electrodes.
        """
        space, time = self.spatial.weight[..., 0], self.temporal.weight[:, 0, 0]  # (40, 40, C)
        bias = None if self.temporal.bias is None else space.sum(2) @ self.temporal.bias  # (40,)
        return functional.conv1d(eeg, torch.einsum("ofc,ft->oct", space, time), bias)


class GLMNet(nn.Module):
    """Global branch over all electrodes, local branch over the visual ones (raw form)."""

    def __init__(self, n_channels: int, n_samples: int, visual: list[int], width: int) -> None:
        """Make the branches.

        Args:
            n_channels: C.
            n_samples: Tp, at least 75.
            visual: Indices of the local branch's electrodes.
            width: Width of the embedding (512 in the paper).

        Raises:
            UserError: if the prior is too short for the pooling.
        """
        super().__init__()
        self.visual = visual
        self.global_branch = ShallowNet(n_channels, n_samples, width)
        self.local_branch = ShallowNet(len(visual), n_samples, width)
        self.project = nn.Linear(2 * width, width)

    def forward(self, eeg: Tensor) -> Tensor:
        """Encode normalised EEG, (B, C, Tp), as e_eeg-prior, (B, width)."""
        both = [self.global_branch(eeg), self.local_branch(eeg[:, self.visual])]  # 2 x (B, width)
        return self.project(torch.cat(both, dim=-1))  # (B, width)
