"""Similarity of pixels, and the answers without a generator that it rewards.

SSIM rewards blur: a grey mean picture beats a sharp one of the right concept. A value says nothing
without those of the answers below.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

_LIMIT_DB = float(10 * np.log10(12 * 255**2))
"""PSNR of frames that differ by the rounding to 8 bits, the value of identical frames."""


def ssim(made: NDArray[np.uint8], true: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the structural similarity of frames in colour (7 x 7 pixels, uniform), (n, F).

    Args:
        made: Reconstructions, (n, F, H, W, 3), at least 7 x 7 pixels.
        true: The true clips.
    """
    return _by_frame(
        made, true, lambda a, b: structural_similarity(a, b, channel_axis=-1, data_range=255)
    )


def psnr(made: NDArray[np.uint8], true: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio of frames, (n, F) in dB, at most 58.9."""

    def of_frame(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
        with np.errstate(divide="ignore"):
            return min(float(peak_signal_noise_ratio(b, a, data_range=255)), _LIMIT_DB)

    return _by_frame(made, true, of_frame)


def pixel_floors(
    frames: NDArray[np.uint8],
    concepts: NDArray[Any],
    decoded: NDArray[Any],
    seed: int,
) -> dict[str, NDArray[np.uint8]]:
    """Make answers that need no generator, from clips of training blocks.

    Args:
        frames: Training clips, (m, F, H, W, 3).
        concepts: (m,) label of each.
        decoded: (n,) concept that a linear decoder finds in the EEG of each test clip.
        seed: Seed of the choice of clips.

    Returns:
        Answers (n, F, H, W, 3): `mean_frame`, the mean of all training frames; `concept_mean`, the
        mean clip of the decoded concept; `concept_clip`, a random training clip of it.
    """
    rng = np.random.default_rng(seed)
    shape = (len(decoded), *frames.shape[1:])
    picture = np.rint(np.mean(frames, axis=(0, 1))).astype(np.uint8)
    floors = {
        "mean_frame": np.broadcast_to(picture, shape),
        "concept_mean": np.empty(shape, np.uint8),
        "concept_clip": np.empty(shape, np.uint8),
    }
    for concept in np.unique(decoded):
        rows, own = np.flatnonzero(decoded == concept), np.flatnonzero(concepts == concept)
        floors["concept_mean"][rows] = np.rint(np.mean(frames[own], axis=0))
        floors["concept_clip"][rows] = frames[rng.choice(own, len(rows))]
    return floors


def _by_frame(made: NDArray[np.uint8], true: NDArray[np.uint8], score: Any) -> NDArray[np.float64]:
    return np.array(
        [
            [score(*pair) for pair in zip(*clip, strict=True)]
            for clip in zip(made, true, strict=True)
        ]
    )
