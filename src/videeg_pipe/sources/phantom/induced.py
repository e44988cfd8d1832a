"""Effects of the picture that are not phase-locked: alpha power and times of blinks."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.sources.phantom.videos import Design

_FULL_MOTION = 0.07  # change from frame to frame that suppresses alpha fully
# Alpha falls about 0.2 s after a change, most at 0.35 s, and recovers after about a second:
# Pfurtscheller & Lopes da Silva 1999, doi:10.1016/S1388-2457(99)00141-8.
ERD_LATENCY_S = 0.15
ERD_TIME_S = 0.2  # from the first effect to the strongest
_ERD_KERNEL_S = 2.0
_ALPHA_WATCHING = 0.36  # power of alpha during a clip, relative to rest
# A quarter to a third of viewers' blinks follow the film, at breaks of the story more than at cuts
# (Nakano et al. 2009, doi:10.1098/rspb.2009.0828). Here cuts represent the story.
BLINK_LATENCY_S = 0.4
_BLINK_SPREAD_S = 0.25  # standard deviation


def erd_kernel(rate: float) -> NDArray[np.float64]:
    """Return the time course of alpha suppression after a change, with sum 1, at `rate` Hz."""
    since_s = np.arange(_ERD_KERNEL_S * rate) / rate - ERD_LATENCY_S
    kernel = np.where(since_s > 0, since_s * np.exp(-since_s / ERD_TIME_S), 0)
    return kernel / kernel.sum()


def activation(design: Design, layout: BlockLayout, n: int) -> NDArray[np.float64]:
    """Return alpha suppression by the picture at each sample, (n,), from 0 to 1.

    It grows with the change from frame to frame, be it motion, brightness or a cut.
    """
    felt = oaconvolve(design.motion, erd_kernel(layout.fps))[: len(design.motion)]
    return _at_samples(np.clip(felt / _FULL_MOTION, 0, 1), layout, n)


def alpha_power(
    active: NDArray[np.float64], watching: NDArray[np.bool_], erd: float
) -> NDArray[np.float64]:
    """Return alpha power at each sample, (N,), 1 at rest, falling with the activation.

    The mean during clips is the same for every `erd`: it moves power in time and removes none.
    """
    left = 1 - erd * active
    return np.where(watching, _ALPHA_WATCHING * left / left[watching].mean(), left)


def blink_readiness(
    design: Design, layout: BlockLayout, timing: float, n: int
) -> NDArray[np.float64]:
    """Return the rate of blinks at each sample, (n,), relative to its mean.

    Args:
        design: Blinks follow its cuts, including the first frames of clips and hints.
        layout: Timing and rates.
        timing: Share of the blinks that follow cuts; the others occur at any time.
        n: Samples.
    """
    at_s = np.arange(len(design.cut)) / layout.fps
    kernel = np.exp(-0.5 * ((at_s[at_s < 2] - BLINK_LATENCY_S) / _BLINK_SPREAD_S) ** 2)
    after_cuts = _at_samples(oaconvolve(design.cut, kernel)[: len(at_s)], layout, n)
    return 1 - timing + timing * after_cuts / after_cuts.mean()


def _at_samples(frames: NDArray[np.float64], layout: BlockLayout, n: int) -> NDArray[np.float64]:
    """Values of frames, (F,), at each sample, (n,)."""
    return np.interp(np.arange(n) / layout.sfreq, np.arange(len(frames)) / layout.fps, frames)
