"""Features of a window for linear decoders."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.threads import one_thread

_COURSE_HZ = 10.0


def course_and_covariance(z: NDArray[np.float32], sfreq: float) -> NDArray[np.float32]:
    """Return means over 0.1 s of every electrode, and the log-covariance of electrodes.

    The first hold responses that are locked to the clip, the second those that are not (tangent
    space of log-Euclidean geometry, with shrunk covariances).

    Args:
        z: Standardised windows, (n, C, T).
        sfreq: Rate, Hz.

    Returns:
        (n, C * means + C * (C + 1) / 2).
    """
    from pyriemann.estimation import Covariances  # a second to import
    from pyriemann.geometry.base import logm
    from pyriemann.geometry.tangentspace import upper

    size = max(1, round(sfreq / _COURSE_HZ))
    n, C, T = z.shape
    means = z[..., : T - T % size].reshape(n, C, -1, size).mean(-1)
    with one_thread():
        covariances = Covariances("oas").transform(z.astype(np.float64))
        logs = upper(logm(covariances + 1e-9 * np.eye(C)))
    return np.concatenate([means.reshape(n, -1), logs], axis=1).astype(np.float32)


def differential_entropy(z: Tensor, sfreq: float) -> Tensor:
    """Return the log variance of every electrode in the five bands, (B, 5 C).

    Differential entropy of a Gaussian (Duan et al. 2013, doi 10.1109/NER.2013.6695876) up to a
    constant and a factor, which standardisation removes.

    Args:
        z: Standardised windows, (B, C, T).
        sfreq: Rate, Hz.
    """
    T = z.shape[-1]
    window = torch.hann_window(T, device=z.device)
    power = torch.fft.rfft(z * window, norm="ortho").abs().square()  # (B, C, T // 2 + 1)
    hz = torch.fft.rfftfreq(T, 1 / sfreq)
    bands = [power[..., (hz >= low) & (hz < high)].sum(-1) for low, high in BANDS.values()]
    return torch.stack(bands, -1).clamp_min(1e-9).log().flatten(1)
