"""Responses of one person to a stream of pictures: by electrodes, half a cycle late, to faces.

`python -m benchmarks.fpvs results-fpvs` prints a table of docs/real-eeg.md, after `snakemake real
--configfile config/fpvs.yaml`. All generators are scored on the same test windows, by the mean of
the same number of draws. Ceilings come from repeats over all trials of the recording: those of five
test trials alone are too uncertain.

`python -m benchmarks fpvs` holds out each trial once, in three runs, and scores all trials
together.
"""

import argparse
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.real_eeg import OCCIPITAL, inputs_of, sampler_of
from benchmarks.workflow import METRICS, ROOT, run_snakemake
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.files import read_json
from videeg_pipe.scoring.draws import draw_windows
from videeg_pipe.scoring.stats import mean_with_interval, moments, pearson, standardise
from videeg_pipe.sources.fpvs.fetch import fetch

FACES = ("P8", "P10", "PO8")
LATE_S = 1 / 12  # half a cycle of six pictures per second
DRAWS = 16
ROWS = ("no-graphs", "ridge", "mean-response")  # of config/trials/real.yaml
FOLDS = {
    "a": ([3, 6], [1, 8, 15, 5, 11, 14]),
    "b": ([4, 7], [3, 9, 16, 6, 12]),
    "c": ([1, 5], [4, 10, 2, 7, 13]),
}
"""Trials of validation and test: each test has every third trial of either kind, at least five."""
COLUMNS = ("all", "occipital", "occipital, late", "faces, periodic", "faces, random")


def measure_folds(cores: int) -> dict[str, Any]:
    """Run the workflow once per fold; see `measure` and `fidelity`."""
    fetch(ROOT / "data" / "fpvs")
    folders = []
    for fold, split in FOLDS.items():
        folders.append(ROOT / f"results-fpvs-{fold}")
        shutil.rmtree(folders[-1], ignore_errors=True)
        name = folders[-1].name
        run_snakemake(
            cores,
            f"{name}/{METRICS}",
            *(f"{name}/trials/real/{row}/seed-0/checkpoint.safetensors" for row in ROWS),
            *("--configfile", "config/fpvs.yaml", "--config", f"run={{results: {name}}}"),
            f"split={{validation: {split[0]}, test: {split[1]}}}",
        )
    return {"responses": measure(folders), "fidelity": fidelity(folders)}


def measure(results: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Return r of each generator's mean, and the ceilings, by column of the table.

    Args:
        results: Folders of runs, whose test windows are scored together.
    """
    trained = [_checkpoints(folder) for folder in results]  # fails early
    parts = [_means(folder, of) for folder, of in zip(results, trained, strict=True)]
    windows = pd.concat([part.windows for part in parts], ignore_index=True)
    real = np.concatenate([part.real for part in parts])
    inputs = inputs_of(results[0])
    channels = inputs.eeg().channels
    table = {}
    for row in ("spgn", *ROWS):
        mean, late = (np.concatenate([part.means[row][at] for part in parts]) for at in (0, 1))
        table[row] = responses(real, mean, late, windows, channels)
    splits = [inputs.windows(split) for split in ("train", "validation", "test")]
    everything = pd.concat(splits, ignore_index=True)
    table["ceiling"] = ceilings(_real(inputs, everything), everything, channels)
    return table


@dataclass(frozen=True)
class _Part:
    """Test windows of one run."""

    windows: pd.DataFrame  # n rows of the `cut` table
    real: NDArray[np.float32]  # normalised, (n, C, T)
    means: dict[str, list[NDArray[np.float32]]]  # per row, of the stimulus in time and late


def _checkpoints(results: Path) -> dict[str, LoadedGenerator]:
    folders = {"spgn": results / "models" / "spgn"}
    folders |= {row: results / "trials" / "real" / row / "seed-0" for row in ROWS}
    return {row: load_checkpoint(folder) for row, folder in folders.items()}


def _means(results: Path, trained: Mapping[str, LoadedGenerator]) -> _Part:
    inputs, settings = inputs_of(results), sampler_of(results)  # of the run and of its rows
    windows = inputs.windows("test").reset_index(drop=True)

    def mean(loaded: LoadedGenerator, late_s: float) -> NDArray[np.float32]:
        shown = windows.assign(video_time_s=windows["video_time_s"] + late_s)
        return draw_windows(loaded, shown, inputs, settings, DRAWS, seed=0).mean

    means = {
        row: [mean(loaded, late_s) for late_s in (0, LATE_S)] for row, loaded in trained.items()
    }
    return _Part(windows, _real(inputs, windows), means)


def fidelity(results: Sequence[Path]) -> dict[str, dict[str, list[float]]]:
    """Return scores of released samples and of real training windows: one value per run.

    `c2st`, `covariance_over_floor`, and powers over those of the test, by band.
    """
    found: dict[str, dict[str, list[float]]] = {"samples": {}, "training": {}}
    for folder in results:
        scores = read_json(folder / METRICS)["fidelity"]
        floor = scores["covariance_error"]["floor"]["value"]
        for kind, own in found.items():
            part = {
                "c2st": _value_of(scores["c2st"], kind),
                "covariance_over_floor": _value_of(scores["covariance_error"], kind) / floor,
            }
            part |= {band: _value_of(scores["band_power_ratio"][band], kind) for band in BANDS}
            for name, value in part.items():
                own.setdefault(name, []).append(value)
    return found


def _value_of(entry: Mapping[str, Any], kind: str) -> float:
    return float((entry if kind == "samples" else entry["training"])["value"])


def responses(
    real: NDArray[np.floating],
    mean: NDArray[np.floating],
    late: NDArray[np.floating],
    windows: pd.DataFrame,
    channels: Sequence[str],
) -> dict[str, str]:
    """Return r with its interval over trials, by column.

    Args:
        real: Real windows, normalised, (n, C, T).
        mean: Conditional means, (n, C, T).
        late: Conditional means of the stimulus half a cycle later, (n, C, T).
        windows: Their n rows of the `cut` table; `video_id` is `periodic` or `random`.
        channels: C names.
    """
    found = {}
    for column in COLUMNS:
        picks, rows = _part(column, channels, windows)
        generated = late if column.endswith("late") else mean
        r = pearson(generated[rows][:, picks], real[rows][:, picks])
        score = mean_with_interval(r, windows["clip_id"][rows].reset_index(drop=True), 1000, 0)
        found[column] = f"{score.value:.3f}"
        if score.low is not None:
            found[column] += f" [{score.low:.3f}, {score.high:.3f}]"
    return found


def ceilings(
    real: NDArray[np.floating], windows: pd.DataFrame, channels: Sequence[str]
) -> dict[str, str]:
    """Return the root of r between two trials of one stimulus at the same time, by column."""
    seen, clip = moments(windows).to_numpy(), windows["clip_id"].to_numpy()
    repeats, found = (seen[:, None] == seen) & (clip[:, None] != clip), {}
    for column in COLUMNS:
        if column.endswith("late"):
            found[column] = ""
            continue
        picks, rows = _part(column, channels, windows)
        x = standardise(real[:, picks])
        r = (x @ x.T)[repeats & rows[:, None]].mean()
        found[column] = f"{max(r, 0) ** 0.5:.3f}"
    return found


def _part(
    column: str, channels: Sequence[str], windows: pd.DataFrame
) -> tuple[list[int], NDArray[np.bool_]]:
    """Electrodes and windows, (n,) bool, of a column."""
    everywhere, rows = list(range(len(channels))), np.ones(len(windows), bool)
    if column == "all":
        return everywhere, rows
    names: Sequence[str] = OCCIPITAL
    if column.startswith("faces"):
        names, rows = FACES, (windows["video_id"] == column.split(", ")[1]).to_numpy()
    return [channels.index(name) for name in names], rows


def _real(inputs: Inputs, windows: pd.DataFrame) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = inputs.eeg().windows(windows) / inputs.normalisation().scale(
        windows["subject"]
    )
    return scaled


def markdown_lines(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the table's lines in Markdown."""
    head = "| | " + " | ".join(COLUMNS) + " |"
    lines = [f"| {name} | " + " | ".join(row.values()) + " |" for name, row in table.items()]
    return [head, "|---" * (len(COLUMNS) + 1) + "|", *lines]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    print("\n".join(markdown_lines(measure([parser.parse_args().results]))))
