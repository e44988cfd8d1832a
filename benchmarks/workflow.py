"""What the workflow measures itself: the default run, tables of trials, a sweep, new people."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.files import read_json

ROOT = Path(__file__).parents[1]
RESULTS, SWEEP = ROOT / "results-bench", ROOT / "results-sweep"
PEOPLE = ROOT / "results-people"
METRICS = "evaluation/spgn/metrics.json"
TABLES = ("comparison", "ablation", "parts", "elbow", "epsilon")
EVOKED_UV = (4.0, 11.0, 30.0)
"""Sizes of the phantom's evoked part, uV; the default is the second."""
QUICK = "train={evoked_epochs: 14, epochs: 5}"
"""Shorter than a release would be trained: it goes with many trainings at the small size."""


def default_run(cores: int) -> dict[str, Any]:
    """Scores and costs of the default run, made anew."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    _snakemake(cores, "all", "--config", f"run={{results: {RESULTS.name}}}")
    model = RESULTS / "models" / "spgn"
    history = pd.read_parquet(model / "history.parquet")
    paths = sorted((RESULTS / "benchmarks").glob("*.tsv"))
    jobs = pd.concat([pd.read_csv(path, sep="\t") for path in paths])
    memory = pd.to_numeric(jobs["max_rss"], errors="coerce")  # NA for the shortest
    return {
        "checkpoint_sha256": read_json(model / "model.json")["checkpoint_sha256"],
        "training_s": float(history["seconds"].sum()),
        "jobs": len(jobs),
        "jobs_s": float(jobs["s"].sum()),
        "peak_memory_mb": float(memory.max()),
        "scores": scores(RESULTS / METRICS),
    }


def table(name: str, cores: int) -> dict[str, Any]:
    """A table of trials, made anew: variant to score to mean, interval and difference."""
    shutil.rmtree(RESULTS / "trials" / name, ignore_errors=True)
    written = f"evaluation/{name}.csv"
    _snakemake(cores, f"{RESULTS.name}/{written}", "--config", f"run={{results: {RESULTS.name}}}")
    return read_table(RESULTS / written)


def read_table(path: Path) -> dict[str, Any]:
    """What `table` gives, from the CSV."""
    rows = pd.read_csv(path).drop(columns="checkpoints").set_index(["variant", "score"])
    return {
        variant: {
            score: {key: value for key, value in row.items() if pd.notna(value)}
            for score, row in own.droplevel(0).to_dict("index").items()
        }
        for variant, own in rows.groupby(level=0, sort=False)
    }


def sweep(cores: int) -> dict[str, Any]:
    """Scores over the size of the evoked part, with a small generator: uV to scores."""
    shutil.rmtree(SWEEP, ignore_errors=True)
    found = {}
    for evoked_uv in EVOKED_UV:
        changes = (f"run={{results: {SWEEP.name}}}", f"phantom={{evoked_uv: {evoked_uv}}}")
        overlay = ("--configfile", "config/size-tiny.yaml", "--config", QUICK, *changes)
        _snakemake(cores, f"{SWEEP.name}/{METRICS}", *overlay)
        found[f"{evoked_uv:g}"] = scores(SWEEP / METRICS)
    return found


def people(cores: int) -> list[dict[str, Any]]:
    """Scores of people who were left out, with a small generator: a row each, then means."""
    shutil.rmtree(PEOPLE, ignore_errors=True)
    written = f"{PEOPLE.name}/evaluation/people.csv"
    changes = (f"run={{results: {PEOPLE.name}}}", "evaluation={max_windows: 120}")
    overlay = ("--configfile", "config/size-tiny.yaml", "--config", QUICK, *changes)
    _snakemake(cores, written, *overlay)
    return read_people(ROOT / written)


def read_people(path: Path) -> list[dict[str, Any]]:
    """What `people` gives, from the CSV."""
    whole = {"n_windows": "Int64", "people": "Int64"}
    rows = pd.read_csv(path, dtype=whole).drop(columns="checkpoint").to_dict("records")
    return [{str(key): value for key, value in row.items() if pd.notna(value)} for row in rows]


def scores(path: Path) -> dict[str, Any]:
    """The numbers of metrics.json that are compared: value, interval, floor or ceiling."""
    metrics = read_json(path)
    aligned, like = metrics["alignment"], metrics["fidelity"]
    ceiling = aligned["ceiling_r"]["value"]
    found = {
        name: _interval(aligned[name])
        for name in (
            "conditional_mean_r",
            "of_ceiling",
            "ceiling_r",
            "shuffled_video_r",
            "blank_video_r",
            "sample_r",
            "perfect_sample_r",
            "lag_ms",
        )
    }
    found["shuffled_of_ceiling"] = {"value": aligned["shuffled_video_r"]["value"] / ceiling}
    for name in ("covariance_error", "psd_distance", "c2st"):
        found[name] = _interval(like[name]) | {"floor": like[name]["floor"]["value"]}
    for band in BANDS:
        found[f"power_{band}"] = _interval(like["band_power_ratio"][band])
    for name, entry in like["c2st"]["classifiers"].items():
        found[f"c2st_{name}"] = _interval(entry)
    for label in ("concept", "emotion"):
        utility = metrics["utility"][label]
        for name in ("trtr", "tstr", "augmented"):
            found[f"{name}_{label}"] = _interval(utility[name])
    found["seconds_per_sample"] = {"value": metrics["cost"]["seconds_per_sample"]}
    return found


def _interval(entry: dict[str, Any]) -> dict[str, float]:
    return {key: entry[key] for key in ("value", "low", "high") if entry.get(key) is not None}


def _snakemake(cores: int, *arguments: str) -> None:
    """Run Snakemake in the repository; it speaks for itself."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]
    subprocess.run(command, cwd=ROOT, check=True)
