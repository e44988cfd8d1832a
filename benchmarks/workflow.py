"""Measurements by the workflow itself: phantoms, default run, tables of trials, sweep, people."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scores import phantom_scores
from videeg_pipe.runtime.files import read_json

ROOT = Path(__file__).parents[1]
RESULTS, SWEEP = ROOT / "results-bench", ROOT / "results-sweep"
PEOPLE = ROOT / "results-people"
METRICS = "evaluation/spgn/metrics.json"
TABLES = ("comparison", "ablation", "parts", "elbow", "epsilon")
EVOKED_UV = (4.0, 11.0, 30.0)
"""Amplitudes of the phantom's evoked part, in uV; the second is the default."""
QUICK = "train={evoked_epochs: 14, epochs: 5, min_steps: 1, evoked_min_steps: 1}"
"""Shorter training than for a release, for many trainings at the small size."""


def default_run(cores: int) -> dict[str, Any]:
    """Repeat the default run and return its scores and costs."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    run_snakemake(cores, "all", "--config", f"run={{results: {RESULTS.name}}}")
    model = RESULTS / "models" / "spgn"
    history = pd.read_parquet(model / "history.parquet")
    paths = sorted((RESULTS / "benchmarks").glob("*.tsv"))
    jobs = pd.concat([pd.read_csv(path, sep="\t") for path in paths])
    memory = pd.to_numeric(jobs["max_rss"], errors="coerce")  # NA for the shortest jobs
    return {
        "checkpoint_sha256": read_json(model / "model.json")["checkpoint_sha256"],
        "training_s": float(history["seconds"].sum()),
        "jobs": len(jobs),
        "jobs_s": float(jobs["s"].sum()),
        "peak_memory_mb": float(memory.max()),
        "scores": scores(RESULTS / METRICS),
    }


def phantoms(cores: int) -> dict[str, Any]:
    """Repeat the workflow on the final phantoms; see `read_phantoms`."""
    shutil.rmtree(RESULTS / "phantoms", ignore_errors=True)
    run_snakemake(cores, "phantoms", "--config", f"run={{results: {RESULTS.name}}}")
    return read_phantoms(RESULTS / "evaluation" / "phantoms.csv")


def read_phantoms(path: Path) -> dict[str, Any]:
    """Read the scores over phantoms that the report shows: score and part -> seed -> values.

    Beside `c2st_eight`, all its classifiers are read.
    """
    rows = pd.read_csv(path, dtype={"seed": str}).fillna({"part": ""})
    found: dict[str, Any] = {}
    for row in rows.to_dict("records"):
        spec = phantom_scores().get((row["section"], row["score"]))
        if spec is None or (spec.parts_key and row["part"] and row["score"] != "c2st_eight"):
            continue
        values = {key: row[key] for key in ("value", "low", "high", "floor", "ceiling")}
        known = {key: value for key, value in values.items() if pd.notna(value)}
        found.setdefault(f"{row['score']} {row['part']}".strip(), {})[row["seed"]] = known
    return found


def table(name: str, cores: int) -> dict[str, Any]:
    """Repeat a table of trials; return variant -> score -> mean, interval and difference."""
    shutil.rmtree(RESULTS / "trials" / name, ignore_errors=True)
    written = f"evaluation/{name}.csv"
    run_snakemake(
        cores, f"{RESULTS.name}/{written}", "--config", f"run={{results: {RESULTS.name}}}"
    )
    return read_table(RESULTS / written)


def second_comparison(cores: int) -> dict[str, Any]:
    """Repeat the comparison on the first of the final phantoms, which `phantoms` has made."""
    folder = min((RESULTS / "phantoms").glob("seed-*"))
    shutil.rmtree(folder / "trials" / "comparison", ignore_errors=True)
    run_snakemake(cores, "compare", "--configfile", str(folder / "config.yaml"))
    return read_table(folder / "evaluation" / "comparison.csv")


def read_table(path: Path) -> dict[str, Any]:
    """Read the CSV of a table of trials into the form that `table` returns."""
    rows = pd.read_csv(path).drop(columns="checkpoints").set_index(["variant", "score"])
    return {
        variant: {
            score: {key: value for key, value in row.items() if pd.notna(value)}
            for score, row in own.droplevel(0).to_dict("index").items()
        }
        for variant, own in rows.groupby(level=0, sort=False)
    }


def sweep(cores: int) -> dict[str, Any]:
    """Return the scores of a small generator by amplitude of the evoked part, in uV."""
    shutil.rmtree(SWEEP, ignore_errors=True)
    by_amplitude = {}
    for evoked_uv in EVOKED_UV:
        changes = (f"run={{results: {SWEEP.name}}}", f"phantom={{evoked_uv: {evoked_uv}}}")
        overlay = ("--configfile", "config/size-tiny.yaml", "--config", QUICK, *changes)
        run_snakemake(cores, f"{SWEEP.name}/{METRICS}", *overlay)
        by_amplitude[f"{evoked_uv:g}"] = scores(SWEEP / METRICS)
    return by_amplitude


def people(cores: int) -> list[dict[str, Any]]:
    """Return scores of held-out people with a small generator: one row each, then means."""
    shutil.rmtree(PEOPLE, ignore_errors=True)
    written = f"{PEOPLE.name}/evaluation/people.csv"
    changes = (f"run={{results: {PEOPLE.name}}}", "evaluation={max_windows: 120}")
    overlay = ("--configfile", "config/size-tiny.yaml", "--config", QUICK, *changes)
    run_snakemake(cores, written, *overlay)
    return read_people(ROOT / written)


def read_people(path: Path) -> list[dict[str, Any]]:
    """Read the CSV of held-out people into the form that `people` returns."""
    whole = {"n_windows": "Int64", "people": "Int64"}
    rows = pd.read_csv(path, dtype=whole).drop(columns="checkpoint").to_dict("records")
    return [{str(key): value for key, value in row.items() if pd.notna(value)} for row in rows]


def scores(path: Path) -> dict[str, Any]:
    """Return the compared scores of metrics.json: value, interval, and floor where it exists."""
    metrics = read_json(path)
    alignment, fidelity = metrics["alignment"], metrics["fidelity"]
    ceiling = alignment["ceiling_r"]["value"]
    compared = {
        name: _interval(alignment[name])
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
    compared["shuffled_of_ceiling"] = {"value": alignment["shuffled_video_r"]["value"] / ceiling}
    for name in ("covariance_error", "psd_distance", "c2st"):
        compared[name] = _interval(fidelity[name]) | {"floor": fidelity[name]["floor"]["value"]}
    for band in BANDS:
        compared[f"power_{band}"] = _interval(fidelity["band_power_ratio"][band])
    for name, entry in fidelity["c2st"]["classifiers"].items():
        compared[f"c2st_{name}"] = _interval(entry)
    for label in ("concept", "emotion"):
        utility = metrics["utility"][label]
        for name in ("trtr", "tstr", "augmented"):
            compared[f"{name}_{label}"] = _interval(utility[name])
    for name in ("membership_auc", "linkage"):
        compared[name] = _interval(metrics["privacy"][name])
    compared["seconds_per_sample"] = {"value": metrics["cost"]["seconds_per_sample"]}
    return compared


def _interval(entry: dict[str, Any]) -> dict[str, float]:
    return {key: entry[key] for key in ("value", "low", "high") if entry.get(key) is not None}


def run_snakemake(cores: int, *arguments: str) -> None:
    """Run Snakemake in the repository, with its own output."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]
    subprocess.run(command, cwd=ROOT, check=True)
