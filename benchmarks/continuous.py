"""Continuous EEG of `videeg generate` against single windows, and joins against the time between.

`python -m benchmarks.continuous results` generates EEG of each person of a finished run for the
video of the test block, cuts it at the times of the test windows, and scores the pieces as `videeg
evaluate` does. It prints the same scores of the released kind of sample, one window at a time. Then
it compares power and autocorrelation at places between two joins, beside the same places of the
real windows: clips begin at joins, and responses to them as well.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.external_eeg.evaluation import score_windows
from videeg_pipe.external_eeg.window_set import WindowSet
from videeg_pipe.generator.generator import load_generator
from videeg_pipe.models.checkpoint import load_checkpoint

LAGS_S = (0.02, 0.05, 0.1, 0.25)


def measure(results: Path) -> dict[str, Any]:
    """Return the scores of both kinds of windows, and the courses around joins."""
    generator = load_generator(results / "generator")
    inputs = Inputs.of(
        {
            "cut": str(results / "windows" / "cut.parquet"),
            "index": str(results / "eeg" / "index.json"),
            "normalisation": str(results / "normalisation.json"),
            "videos": str(results / "video" / "videos.json"),
            "texts": str(results / "text" / "texts.json"),
        }
    )
    windows = inputs.windows("test").reset_index(drop=True)
    paths = read_table(results / "manifest" / "videos.parquet", "videos").set_index("video_id")
    pieces = np.empty((len(windows), len(generator.channels), int(windows["n_samples"].iloc[0])))
    seconds = made_s = 0.0
    for (video, subject), rows in windows.groupby(["video_id", "subject"], sort=False):
        began = time.perf_counter()
        eeg = generator.generate(paths.loc[video, "path"], subject=str(subject), seed=1)
        seconds += time.perf_counter() - began
        made_s += eeg.seconds
        starts = (rows["video_time_s"].to_numpy() * eeg.sfreq).round().astype(int)
        for row, start in zip(rows.index, starts, strict=True):
            pieces[row] = eeg.data[0][:, start : start + pieces.shape[2]]
    loaded = load_checkpoint(results / "models" / "spgn")
    conditions, singles = loaded.conditions(windows, inputs), []
    for batch in np.array_split(np.arange(len(windows)), max(1, len(windows) // 64)):
        singles.append(
            loaded.sample_uv(
                windows.iloc[batch],
                conditions.batch(batch),
                normalisation=inputs.normalisation(),
                seeds=batch.tolist(),
                settings=generator.folder.sample,
            )
        )
    real = _windows("real", inputs.eeg().windows(windows), windows, generator.sfreq)
    single = _windows("single", np.concatenate(singles), windows, generator.sfreq)
    return {
        "continuous": _scores(real, _windows("continuous", pieces, windows, generator.sfreq)),
        "single": _scores(real, single),
        "joins": {
            name: joins(list(eeg), pieces.shape[2] // 2, generator.sfreq)
            for name, eeg in {"continuous": pieces, "real": real.eeg}.items()
        },
        "seconds_per_second": seconds / made_s,
    }


def joins(courses: list[NDArray[np.floating]], hop: int, sfreq: float) -> dict[str, list[float]]:
    """Return power and autocorrelation by the place between two joins, relative to their means.

    Args:
        courses: Continuous EEG, (C, N) each.
        hop: Samples from one join to the next.
        sfreq: Hz.
    """
    parts = 5
    power, lagged = np.zeros(parts), np.zeros((len(LAGS_S), parts))
    for course in courses:
        n = (course.shape[1] - hop) // hop * hop
        for place in range(parts):
            rows = np.arange(n)[np.arange(n) % hop * parts // hop == place]
            power[place] += np.square(course[:, rows]).mean() / len(courses)
            for k, lag_s in enumerate(LAGS_S):
                lag = round(lag_s * sfreq)
                lagged[k, place] += (course[:, rows] * course[:, rows + lag]).mean() / len(courses)
    table = {"power": (power / power.mean()).round(3).tolist()}
    for lag_s, values in zip(LAGS_S, lagged, strict=True):
        table[f"r at {lag_s:g} s"] = (values / power).round(3).tolist()
    return table


def _windows(name: str, eeg: NDArray[Any], rows: pd.DataFrame, sfreq: float) -> WindowSet:
    labels = rows[["subject", "clip_id", "concept"]].astype(str)
    return WindowSet(name, eeg.astype(np.float32), sfreq, None, labels)


def _scores(real: WindowSet, made: WindowSet) -> dict[str, Any]:
    scores = score_windows(real, made, paired="generation")
    fidelity, paper = scores["fidelity"], scores["paper"]
    power = {band: round(part["value"], 3) for band, part in fidelity["band_power_ratio"].items()}
    return {
        "c2st": round(fidelity["c2st"]["value"], 3),
        "power": power,
        "covariance_error": round(fidelity["covariance_error"]["value"], 3),
        "pearson": paper["pearson"],
    }


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.continuous", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a finished run")
    for name, value in measure(parser.parse_args().results).items():
        print(name, value)


if __name__ == "__main__":
    main()
