"""Time, memory and files of a run, by its samples and recordings, and at the size of SEED-DV.

`python -m benchmarks samples recordings seed-dv`
"""

import math
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.cost import rounded
from benchmarks.plan import RECORDINGS
from benchmarks.timing import growth
from benchmarks.workflow import ROOT, run_snakemake
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.runtime.files import read_record

RESULTS = ROOT / "results-scale"
SAMPLES = (1_000, 10_000, 100_000)
FEW_SAMPLES = 64
"""Released samples of the smallest run, which tells the start of a job."""

OF_SAMPLES = {
    "sampling": "sample_.*",
    "release": "release",
    "scores": "validate_.*",
    "card": "card",
}
OF_RECORDINGS = {
    "recording": "phantom_eeg_.*",
    "filtering": "preprocess_.*",
    "windows": "(cut|select)_windows",
    "normalisation": "fit_normalisation",
    "graphs": "graphs",
    "training": "train_.*",
}
OF_ALL = {
    "simulation": "phantom_.*",
    "acquire": "acquire",
    "filtering": "preprocess_.*",
    "embedding": "embed_.*",
    "windows": "(cut|select)_windows",
    "normalisation": "fit_normalisation",
    "graphs": "graphs",
    "training": "train_.*",
} | OF_SAMPLES
"""Stage -> pattern of the names of its jobs."""

SEED_DV = "phantom={n_subjects: 20, layout: {n_blocks: 7, concepts_per_block: 40}}"
"""Simulated recordings of SEED-DV's shape: 20 people, seven blocks of 520 s."""

THREADS = {
    "embedding": 2,
    "training": TrainOptions().threads,
    "sampling": SampleOptions().threads,
    "scores": SampleOptions().threads,
}
"""Threads per job of the stages that use several, by default."""

SMALL = ("--configfile", "config/size-tiny.yaml", "--config", f"run={{results: {RESULTS.name}}}")
SHORT = "evaluation={max_windows: 60, bootstrap: 100}"
MANY_WINDOWS = "windows={stride_s: 0.015}"  # a window is released once: 112,560 instead of 3,360
_MEASURED = ("cpu_time", "max_rss")  # columns that are NA for the shortest jobs
ONE_EPOCH = "train={evoked_epochs: 1, epochs: 1, min_steps: 1, evoked_min_steps: 1}"


def of_samples(cores: int, sizes: Iterable[int] = SAMPLES) -> dict[str, Any]:
    """Measure runs that differ by `release.n_samples` alone; jobs before sampling run once.

    Returns:
        `points`: number of samples -> stage -> jobs, seconds and MiB, and the files of the run;
        sampling has `drawing_seconds`, too: CPU time of drawing without starts and calibration;
        `exponents`: stage -> growth of its CPU time, see `exponents`.
    """
    shutil.rmtree(RESULTS, ignore_errors=True)
    points = {}
    for n in (FEW_SAMPLES, *sizes):
        for made in ("samples", "release", "evaluation", "benchmarks"):
            shutil.rmtree(RESULTS / made, ignore_errors=True)
        released = f"release={{n_samples: {n}}}"
        run_snakemake(cores, "all", *SMALL, ONE_EPOCH, SHORT, MANY_WINDOWS, released)
        points[str(n)] = stages(RESULTS, OF_SAMPLES) | {"files": files(RESULTS)}
        points[str(n)]["sampling"]["drawing_seconds"] = drawing(RESULTS)
    return rounded({"points": points, "exponents": exponents(points, OF_SAMPLES)})


def of_recordings(cores: int, sizes: Iterable[int] = tuple(RECORDINGS)[:-1]) -> dict[str, Any]:
    """Measure whole runs up to one epoch of training, of more and more people and blocks."""
    points = {}
    for n in sizes:
        people, blocks = RECORDINGS[n]
        shutil.rmtree(RESULTS, ignore_errors=True)
        layout = f"{{n_blocks: {blocks}, concepts_per_block: 4, clips_per_concept: 5}}"
        run_snakemake(
            cores,
            f"{RESULTS.name}/models/spgn/checkpoint.safetensors",
            *SMALL,
            ONE_EPOCH,
            f"phantom={{n_subjects: {people}, width: 64, height: 64, layout: {layout}}}",
            "split={validation: [2], test: [3]}",
        )
        points[str(n)] = stages(RESULTS, OF_RECORDINGS) | {"files": files(RESULTS)}
    return rounded({"points": points})


def of_seed_dv(cores: int) -> dict[str, Any]:
    """Measure a run of SEED-DV's shape with the default generator, trained for one epoch per phase.

    Returns:
        `stages` and, in MiB, `folders` of the results.
    """
    shutil.rmtree(RESULTS, ignore_errors=True)
    results = f"run={{results: {RESULTS.name}}}"
    run_snakemake(cores, "all", "--config", results, SEED_DV, ONE_EPOCH)
    folders = {path.name: files(path)["mb"] for path in sorted(RESULTS.iterdir()) if path.is_dir()}
    return rounded({"stages": stages(RESULTS, OF_ALL), "folders": folders})


def planned_minutes(measured: dict[str, dict[str, Any]], cores: int) -> float:
    """Plan a run: stages follow each other, and jobs of a stage, equally long, fill the cores."""
    seconds = 0.0
    for stage, row in measured.items():
        at_once = max(1, cores // THREADS.get(stage, 1))
        seconds += math.ceil(row["jobs"] / at_once) * row["seconds"] / row["jobs"]
    return seconds / 60


def planned_release(points: dict[str, dict[str, Any]], n: int) -> dict[str, Any]:
    """Plan a release of n samples on straight lines through the two largest measured ones.

    Scores stay as they are: `evaluation.max_windows` limits them.

    Returns:
        stage -> CPU time of its jobs, in s, None where they were too short to be measured;
        `number` of files, and `mb`, their size in MiB.
    """
    (n_0, row_0), (n_1, row_1) = ((int(size), row) for size, row in list(points.items())[-2:])

    def at_n(y_0: float | None, y_1: float | None) -> float | None:
        if y_0 is None or y_1 is None:
            return None
        return y_1 + (y_1 - y_0) / (n_1 - n_0) * (n - n_1)

    few, many = (
        {stage: row[stage]["cpu_seconds"] for stage in OF_SAMPLES} | row["files"]
        for row in (row_0, row_1)
    )
    return {name: at_n(few[name], many[name]) for name in many} | {"scores": many["scores"]}


def stages(results: Path, jobs: dict[str, str]) -> dict[str, dict[str, float | None]]:
    """Sum the benchmarks of each stage's jobs; memory is the largest of its jobs', in MiB.

    CPU time and memory are None where all jobs of a stage were too short to be measured.

    Raises:
        RuntimeError: if a stage has no benchmark.
    """
    found: dict[str, dict[str, float | None]] = {}
    for stage, pattern in jobs.items():
        paths = [p for p in (results / "benchmarks").glob("*.tsv") if re.fullmatch(pattern, p.stem)]
        if not paths:
            raise RuntimeError(f"{results}: no benchmark of {stage}, {pattern}")
        table = pd.concat([pd.read_csv(path, sep="\t") for path in paths])
        cpu, memory = (pd.to_numeric(table[name], errors="coerce") for name in _MEASURED)
        measured = bool(cpu.notna().any())
        found[stage] = {
            "jobs": len(table),
            "seconds": float(table["s"].sum()),
            "cpu_seconds": float(cpu.sum()) if measured else None,
            "memory_mb": float(memory.max()) if measured else None,
        }
    return found


def exponents(points: dict[str, dict[str, Any]], jobs: Iterable[str]) -> dict[str, Any]:
    """Fit the growth of each stage's CPU time t with its samples n, without its constant part.

    For sampling, t is the time of drawing. The other stages have one job, and the smallest run
    tells its start with a few samples: its t and n are subtracted from those of the larger runs.
    None where nothing is left, or was measured.
    """
    (few, start), *rest = ((int(n), row) for n, row in points.items())
    fitted = {}
    for stage in jobs:
        if "drawing_seconds" in start[stage]:
            sizes = [n for n, _ in rest]
            growing = [row[stage]["drawing_seconds"] for _, row in rest]
        else:
            sizes = [n - few for n, _ in rest]
            assert all(row[stage]["jobs"] == 1 for row in points.values())
            times = [row[stage]["cpu_seconds"] for row in points.values()]
            growing = [] if None in times else [t - times[0] for t in times[1:]]
        fitted[stage] = growth(sizes, growing) if growing and min(growing) > 0 else None
    return fitted


def drawing(results: Path) -> float:
    """Sum the CPU time of all batches of all parts, at the median time of each part's batches.

    It is without calibration only where most batches of a part need none.
    """
    parts = [read_record(path) for path in results.glob("samples/*/part-*.json")]
    return sum(
        math.ceil(part["n_made"] / part["sampler"]["batch_size"]) * part["cpu_seconds_per_batch"]
        for part in parts
        if part["n_made"]
    )


def files(results: Path) -> dict[str, float]:
    """Count the files in a folder, and their size in MiB."""
    sizes = [
        Path(folder, name).lstat().st_size
        for folder, _, names in os.walk(results)
        for name in names
    ]
    return {"number": len(sizes), "mb": sum(sizes) / 2**20}
