"""Snakemake and its jobs, forked from one process that has imported their libraries.

Most of a small job's time is the import of libraries. `start` in `interrupted.py`, and the runs on
Slurm, start every process anew, as users do.
"""

import atexit
import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
from contextlib import nullcontext
from multiprocessing import forkserver
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

PRELOADED = [
    "snakemake.cli",
    "snakemake.profiles",
    "snakemake.report.html_reporter",
    "snakemake.storage",
    "snakemake_executor_plugin_slurm",
    "av",
    "diffusers.models.controlnets.controlnet_sparsectrl",
    "diffusers.schedulers.scheduling_dpmsolver_multistep",
    "h5py",
    "lightning_fabric",
    "matplotlib.figure",
    "mlcroissant",
    "mne.channels",
    "mne.forward",
    "mne.io",
    "mne.preprocessing",
    "mne.time_frequency",
    "pandera.backends.pandas.builtin_checks",
    "pandera.backends.pandas.builtin_hypotheses",
    "pandera.pandas",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "scipy.signal",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "torch._inductor.config",
    "torch_geometric.nn",
    "transformers.models.clip.modeling_clip",
    "zarr",
]
"""Imports of libraries only: the package itself is that of each clone."""

_FORKSERVER = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(PRELOADED)

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables by which Snakemake limits the threads of a job."""


def run_forked(command: list[str], folder: Path, printed: str, variables: dict[str, str]) -> int:
    """Run Snakemake in a folder, with both outputs in a file; return its exit status."""
    process = _FORKSERVER.Process(target=_snakemake, args=(command, folder, printed, variables))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _snakemake(command: list[str], folder: Path, printed: str, variables: dict[str, str]) -> None:
    """Be `python -m snakemake` in a folder, with both outputs in a file."""
    unknown = set(PRELOADED) - set(sys.modules)  # which the server passes over
    assert not unknown, unknown

    from snakemake.benchmark import benchmarked
    from snakemake.script import PythonScript

    def execute(script: PythonScript, _: str, *, fname: str, **__: object) -> None:
        """Do what Snakemake does with the command of a script, in a forked process."""
        threads = str(script.threads)
        environment = dict(os.environ) | dict.fromkeys(_THREADS, threads)
        process = _FORKSERVER.Process(target=_job, args=(fname, folder, _Outputs(), environment))
        process.start()
        record = script.bench_record
        with nullcontext() if record is None else benchmarked(process.pid, record):
            process.join()
        if process.exitcode:
            raise subprocess.CalledProcessError(process.exitcode, f"{sys.executable} {fname}")

    # it knows the server's address, but would start one of its own
    forkserver._forkserver.ensure_running = lambda: None
    PythonScript._execute_cmd = execute
    source = str(folder / "src")
    path = os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])
    file = os.open(printed, os.O_WRONLY | os.O_APPEND)
    _become(folder, (file, file), variables | {"PYTHONPATH": path})
    sys.path.insert(0, source)
    sys.argv = command
    try:
        runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # a process of multiprocessing does not


class _Outputs:
    """Both outputs of this process, as file descriptors of the process that it is passed to.

    `DupFd` works only while a process is started, which is when arguments are pickled.
    """

    def __reduce__(self) -> tuple[Any, tuple[Any, Any]]:
        return _detached, (DupFd(1), DupFd(2))


def _detached(out: Any, err: Any) -> tuple[int, int]:
    return out.detach(), err.detach()


def _job(script: str, folder: Path, outputs: tuple[int, int], environment: dict[str, str]) -> None:
    """Be `python script`, with the number of threads that the environment tells libraries."""
    import torch
    from threadpoolctl import threadpool_limits

    _become(folder, outputs, environment)
    threads = int(environment["OMP_NUM_THREADS"])
    torch.set_num_threads(threads)
    sys.argv = [script]
    try:
        with threadpool_limits(threads):
            runpy.run_path(script, run_name="__main__")
    finally:
        atexit._run_exitfuncs()


def _become(folder: Path, outputs: tuple[int, int], variables: dict[str, str]) -> None:
    """Take a folder, outputs and an environment from the process that asked for this one."""
    for own, file in zip((1, 2), outputs, strict=True):
        os.dup2(file, own)
    os.chdir(folder)
    os.environ |= variables
    gc.freeze()  # what was imported is not searched for garbage again
