"""Items of a training: frames, pictures and clips of one split, by number."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Items(Protocol):
    """What a training draws its batches from."""

    def __len__(self) -> int:
        """Return the number of items."""

    def __getitem__(self, items: NDArray[np.intp]) -> dict[str, Tensor]:
        """Return the inputs of a loss for these items."""


@dataclass(frozen=True)
class Frames:
    """Single frames."""

    frames: NDArray[np.uint8]  # (n, F, H, W, 3)
    rows: NDArray[np.intp]  # of the split

    def __len__(self) -> int:
        """Return the number of frames in the split."""
        return len(self.rows) * self.frames.shape[1]

    def __getitem__(self, items: NDArray[np.intp]) -> dict[str, Tensor]:
        """Return frames, (B, H, W, 3)."""
        clip, frame = np.divmod(items, self.frames.shape[1])
        return {"frames": _tensor(self.frames[self.rows[clip], frame])}


@dataclass(frozen=True)
class Clips:
    """Latents and text of clips, with the first frame as the keyframe if asked for."""

    latents: NDArray[np.float32]  # (n, F, 4, h, w)
    texts: NDArray[np.float32]  # (n, tokens, width)
    rows: NDArray[np.intp]
    keyframes: bool = False

    def __len__(self) -> int:
        """Return the number of clips in the split."""
        return len(self.rows)

    def __getitem__(self, items: NDArray[np.intp]) -> dict[str, Tensor]:
        """Return latents (B, F, 4, h, w), text (B, tokens, width), and keyframe (B, 4, h, w)."""
        clip = self.rows[items]
        latents = _tensor(self.latents[clip])
        key = {"keyframe": latents[:, 0]} if self.keyframes else {}
        return {"latents": latents, "text": _tensor(self.texts[clip]), **key}


@dataclass(frozen=True)
class Pictures(Clips):
    """Latents and text of single frames."""

    def __len__(self) -> int:
        """Return the number of frames in the split."""
        return len(self.rows) * self.latents.shape[1]

    def __getitem__(self, items: NDArray[np.intp]) -> dict[str, Tensor]:
        """Return latents (B, 4, h, w) and text (B, tokens, width)."""
        clip, frame = np.divmod(items, self.latents.shape[1])
        clip = self.rows[clip]
        return {"latents": _tensor(self.latents[clip, frame]), "text": _tensor(self.texts[clip])}


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
