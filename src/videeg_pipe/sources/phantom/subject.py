"""Parameters in which simulated people differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.phantom.forward import N_SOURCES

SUBJECT_WITH_BAD_CHANNEL = "sub1"

_SOURCE_SHIFT_SD = 0.07  # radians, half a centimetre on the cortex
_SOURCE_TILT_SD = 0.15


@dataclass(frozen=True)
class SubjectParameters:
    """True parameters of one person."""

    gain: float  # of the whole evoked part; 1 is the average person
    delay_s: float  # added to every latency of the evoked part
    source_shift: NDArray[np.float64]  # (N_SOURCES, 3) of each source's direction from the centre
    source_tilt: NDArray[np.float64]  # (N_SOURCES, 3) of each source's orientation
    alpha_hz: float  # frequency of the alpha rhythm
    alpha_gain: float  # 1 is the average person
    exponent: float  # the background's power falls as 1 / f ** exponent
    blinks_per_min: float
    bad_channel: str | None  # electrode with poor contact


def subject_parameters(seed: int, subject: str) -> SubjectParameters:
    """Draw a person's parameters; they depend only on the run's seed and the name."""
    rng = np.random.default_rng(derive_seed(seed, "phantom", subject, "parameters"))
    frontal = [name for name in SEED_DV_CHANNELS if name.startswith(("AF", "FC", "FT"))]
    bad_channel = str(rng.choice(frontal))  # far from the strongest evoked part
    return SubjectParameters(
        gain=float(np.exp(rng.uniform(-0.2, 0.2))),
        delay_s=float(rng.uniform(-0.015, 0.015)),
        source_shift=_SOURCE_SHIFT_SD * rng.standard_normal((N_SOURCES, 3)),
        source_tilt=_SOURCE_TILT_SD * rng.standard_normal((N_SOURCES, 3)),
        alpha_hz=float(rng.uniform(8.5, 12.0)),
        alpha_gain=float(rng.uniform(0.6, 1.4)),
        exponent=float(rng.uniform(1.0, 1.4)),
        blinks_per_min=float(rng.uniform(8.0, 18.0)),
        bad_channel=bad_channel if subject == SUBJECT_WITH_BAD_CHANNEL else None,
    )
