"""Time and memory of a call, and how they grow."""

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import linregress

MIB = 2**20


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of a call; a GPU's work is waited for."""
    _wait()
    start = time.perf_counter()
    call()
    _wait()
    return time.perf_counter() - start


def median_seconds(call: Callable[[], Any], repeats: int) -> float:
    """Median wall time of several calls."""
    return statistics.median(seconds(call) for _ in range(repeats))


def memory_mb(call: Callable[[], Any], device: torch.device) -> float:
    """By how much a call raises the peak memory over what was in use before it, MiB.

    Memory allocated on a GPU, else resident in the process. The latter is right only in a young
    process, which has never held much more than it holds now.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        call()
        return (torch.cuda.max_memory_allocated(device) - before) / MIB
    before = _resident_mb("VmRSS")
    call()
    return _resident_mb("VmHWM") - before


def growth(n: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    """Exponents b of y = a n^b by least squares over the logarithms.

    Small n are ruled by constant cost: the upper half of the points says more of how it goes on.

    Args:
        n: At least two sizes, rising.
        y: Time or memory at each, above 0.

    Returns:
        `exponent` and its `standard_error` (None for two points) over all points, and the same
        over the `upper_half`, which has two points at least.
    """
    half = min(len(n) // 2, len(n) - 2)
    return _exponent(n, y) | {"upper_half": _exponent(n[half:], y[half:])}


def _exponent(n: Sequence[float], y: Sequence[float]) -> dict[str, float | None]:
    fit = linregress(np.log(n), np.log(y))
    error = float(fit.stderr) if len(n) > 2 else None
    return {"exponent": float(fit.slope), "standard_error": error}


def _resident_mb(field: str) -> float:
    """Resident memory of this process, MiB: VmRSS now, VmHWM at most so far."""
    status = Path("/proc/self/status")
    if not status.exists():  # no Linux: the highest is all there is
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
    # Linux hands getrusage's maximum on from parent to child, and the parent is larger
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
