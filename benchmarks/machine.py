"""Hardware, software and code of a measurement, without which its numbers mean nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

_PACKAGES = ("diffusers", "lightning-fabric", "mne", "numpy", "scikit-learn", "scipy")


def machine(threads: int) -> dict[str, Any]:
    """Describe hardware, software and code, without names of people, hosts or folders.

    Args:
        threads: Number of threads of the measured code.

    Returns:
        Names to values. `memory_gb` is in GiB; `gpu` and `commit` are None if there is none. The
        commit ends in `-dirty` if files differ from it.
    """
    gpu = torch.cuda.is_available()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": _cores(),
        "memory_gb": round(memory / 2**30, 1),
        "gpu": torch.cuda.get_device_name() if gpu else None,
        "system": platform.system(),
        "threads": threads,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(),
        "date_utc": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
    }


def _cpu() -> str:
    """Return the model of the processor, or its architecture if the model is unknown."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _cores() -> int | None:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


@cache  # writing a table makes the checkout dirty for the parts measured after it
def _commit() -> str | None:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip() or None
