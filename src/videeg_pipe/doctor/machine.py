"""Cores, memory, GPU, disks and folders."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.targets import existing

_GB = 1e9
_RESULTS_GB, _TEMPORARY_GB, _MEMORY_GB = 2.0, 0.5, 4.0
"""Enough for the default run: it writes 1 GB, and its largest job needs 2.3 GB of memory."""


def check_machine(results: Path) -> Iterator[Finding]:
    """Check cores, memory, GPU, and the folders that a run writes to.

    Args:
        results: Folder of a run's results, which may not exist yet.
    """
    yield _cores()
    yield _memory()
    yield _gpu()
    for name, folder, needed, remedy in (
        ("results", results, _RESULTS_GB, "snakemake --cores 8 all --config 'run={results: DIR}'"),
        ("temporary", Path(tempfile.gettempdir()), _TEMPORARY_GB, "export TMPDIR=DIR"),
    ):
        yield _folder(name, folder.absolute(), needed, remedy)


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = os.environ.get("OMP_NUM_THREADS")
    limit = "" if threads is None else f", OMP_NUM_THREADS={threads}"
    return Finding("cores", "ok", f"{cores} usable{limit}")


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in ("memory.max", "memory/memory.limit_in_bytes"):  # of containers, v2 and v1
        limit = Path("/sys/fs/cgroup", file)
        if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
            total = min(total, int(text))
    if total / _GB >= _MEMORY_GB:
        return Finding("memory", "ok", f"{total / _GB:.1f} GB")
    found = f"{total / _GB:.1f} GB; parallel jobs of the default run need {_MEMORY_GB:g} GB"
    return Finding("memory", "note", found, "snakemake --cores 1 all  # one job at a time")


def _gpu() -> Finding:
    try:
        import torch
    except ImportError:
        return Finding("GPU", "note", "not checked without torch")
    if torch.cuda.is_available():
        cards = [torch.cuda.get_device_properties(k) for k in range(torch.cuda.device_count())]
        names = [f"{card.name} ({card.total_memory / _GB:.0f} GB)" for card in cards]
        return Finding("GPU", "ok", ", ".join(names))
    if shutil.which("nvidia-smi") is None:
        return Finding("GPU", "ok", "none: run.gpus must be 0, its default")
    build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built for CPUs"
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    found = f"unusable by torch {torch.__version__}, which is {build}" + (
        "" if hidden is None else f"; CUDA_VISIBLE_DEVICES={hidden}"
    )
    return Finding("GPU", "note", found, "nvidia-smi  # compare its CUDA version")


def _folder(name: str, folder: Path, needed_gb: float, remedy: str) -> Finding:
    """Check that a folder, or the one in which it will be created, has space and can be written."""
    place = existing(folder)
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        found = f"{folder}: {place} cannot be written to: {error.strerror}"
        own = f"chmod u+w {shlex.quote(str(place))}"
        return Finding(name, "missing", found, f"{own}  # or: {remedy}")
    free = shutil.disk_usage(place).free / _GB
    found = f"{folder}: {free:.1f} GB free"
    if free >= needed_gb:
        return Finding(name, "ok", found)
    return Finding(name, "missing", f"{found}, {needed_gb:g} GB needed", f"{remedy}  # elsewhere")
