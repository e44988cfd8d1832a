"""The same recording under two names is found whatever its format, type, unit and offset."""

import numpy as np
import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.copies import Excerpts

SFREQ, N = 250, 5000


def eeg(seed):
    """EEG-like values in uV, (8, N): correlated in time and space, on large offsets."""
    rng = np.random.default_rng(seed)
    walk = rng.standard_normal((8, N)).cumsum(axis=1)
    return rng.standard_normal((8, 8)) @ (walk + 4 * rng.standard_normal((8, N))) + 5000


def check(*recordings):
    excerpts = Excerpts()
    for number, samples in enumerate(recordings):
        excerpts.check(f"sub-{number}", lambda a, b, s=samples: s[:, a:b], samples.shape[1])


@pytest.mark.parametrize(
    "copied",
    [
        lambda uv: uv,
        lambda uv: uv.astype(np.float32) * np.float32(1e-6),  # volts
        lambda uv: np.round(uv / 0.5) * 0.5,  # 16 bits of a coarse EDF
        lambda uv: uv - uv.mean(axis=1, keepdims=True),
        lambda uv: uv + np.linspace(0, 100, N),
        lambda uv: uv[:, : N // 2],
    ],
)
def test_a_copy_is_refused(copied):
    with pytest.raises(UserError, match=r"sub-2; expected a recording of its own; .*of sub-0"):
        check(eeg(0), eeg(1), copied(eeg(0)))


def test_other_recordings_pass():
    hum = 100 * np.sin(2 * np.pi * 50 * np.arange(N) / SFREQ)
    later = 100 * np.sin(2 * np.pi * 50.02 * np.arange(N) / SFREQ + 0.4)
    check(eeg(0), eeg(1), eeg(0)[:, 40:], eeg(0)[:5], eeg(2) + hum, eeg(3) + later)


def test_silence_and_a_shared_calibration_are_no_copies():
    calibration = np.zeros((8, N))
    calibration[:, :1000] = 500 * np.sign(np.sin(2 * np.pi * np.arange(1000) / 50))
    check(np.zeros((8, N)), np.zeros((8, N)), eeg(0) + calibration, eeg(1) + calibration)
