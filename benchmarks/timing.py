"""Time and memory of a call, and exponents of their growth."""

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
    """Return the wall time of a call, in s, including pending work of a GPU."""
    _wait()
    start = time.perf_counter()
    call()
    _wait()
    return time.perf_counter() - start


def median_seconds(call: Callable[[], Any], repeats: int) -> float:
    """Return the median wall time of several calls, in s."""
    return statistics.median(seconds(call) for _ in range(repeats))


def memory_mb(call: Callable[[], Any], device: torch.device) -> float:
    """Return the rise of peak memory during a call over the memory in use before it, in MiB.

    This is allocated memory on a GPU, else resident memory of the process. The latter is correct
    only in a new process, whose earlier peak is close to its current use.
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
    """Fit the exponent b of y = a n^b by least squares on the logarithms.

    Constant cost dominates small n, so the upper half of the points extrapolates better.

    Args:
        n: At least two sizes, ascending.
        y: Time or memory at each size, above 0.

    Returns:
        `exponent` and its `standard_error` (None for two points) over all points, and the same over
        the `upper_half`, which has at least two points.
    """
    half = min(len(n) // 2, len(n) - 2)
    return _exponent(n, y) | {"upper_half": _exponent(n[half:], y[half:])}


def _exponent(n: Sequence[float], y: Sequence[float]) -> dict[str, float | None]:
    fit = linregress(np.log(n), np.log(y))
    error = float(fit.stderr) if len(n) > 2 else None
    return {"exponent": float(fit.slope), "standard_error": error}


def _resident_mb(field: str) -> float:
    """Return resident memory of this process, in MiB: VmRSS is current, VmHWM the peak."""
    status = Path("/proc/self/status")
    if not status.exists():  # outside Linux only the peak is known
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
    # on Linux a child inherits getrusage's maximum from its larger parent
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
