"""Continuous EEG of `videeg generate` against single windows, and joins against the time between.

`python -m benchmarks continuous` uses the results of the part `default`. `python -m
benchmarks.continuous results` prints the same of another finished run.

The EEG of each person for the video of the test block is cut at the times of the test windows, and
the pieces are scored as `videeg evaluate` does. Beside them are the scores of the released kind of
sample, one window at a time. Power and autocorrelation at places between two joins are compared
with the same places of the real windows: clips begin at joins, and responses to them as well.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import skew

from benchmarks.cost import rounded
from benchmarks.real_eeg import inputs_of
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.external_eeg.evaluation import score_windows
from videeg_pipe.external_eeg.window_set import WindowSet
from videeg_pipe.generator.generator import Generator, load_generator
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.scoring.fidelity.statistics import band_power, power_spectra

LAGS_S = (0.02, 0.05, 0.1, 0.25)
FRONTOPOLAR = ("FP1", "FPZ", "FP2")
PEAK_UV = 40.0


def measure(results: Path) -> dict[str, Any]:
    """Score continuous EEG and single windows of a finished run.

    Returns:
        `scores` and `blinks` of both kinds of windows (`blinks` also of the real ones), the courses
        around `joins`, and `seconds_per_second` of continuous EEG.
    """
    kinds, labels, generator, cost = draw(results)
    sets = {
        name: WindowSet(name, eeg.astype(np.float32), generator.sfreq, None, labels)
        for name, eeg in kinds.items()
    }
    hop = kinds["real"].shape[2] // 2
    return rounded(
        {
            "scores": {
                name: _scores(sets["real"], sets[name]) for name in ("continuous", "single")
            },
            "blinks": compare_blinks(kinds, generator),
            "joins": {
                name: joins(list(kinds[name]), hop, generator.sfreq)
                for name in ("continuous", "real")
            },
            "seconds_per_second": cost,
        }
    )


def draw(results: Path) -> tuple[dict[str, NDArray[Any]], pd.DataFrame, Generator, float]:
    """Draw both kinds of windows for the test block.

    Returns:
        Windows (n, C, T) in microvolts: `continuous`, `single` and `real`; their labels; the
        generator; seconds per second of continuous EEG.
    """
    generator, inputs = load_generator(results / "generator"), inputs_of(results)
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
    kinds = {
        "continuous": pieces,
        "single": np.concatenate(singles),
        "real": inputs.eeg().windows(windows),
    }
    labels = windows[["subject", "clip_id", "concept"]].astype(str)
    return kinds, labels, generator, seconds / made_s


def compare_blinks(
    kinds: dict[str, NDArray[Any]], generator: Generator
) -> dict[str, dict[str, float]]:
    """Return `blinks` of each kind of windows, with powers relative to those of `real`."""
    found = {name: blinks(eeg, generator.channels, generator.sfreq) for name, eeg in kinds.items()}
    real = dict(found["real"])
    for row in found.values():
        for band in ("delta", "theta"):
            row[band] /= real[band]
    return found


def blinks(eeg: NDArray[np.floating], channels: tuple[str, ...], sfreq: float) -> dict[str, float]:
    """Measure blinks in the mean of the frontopolar electrodes.

    Args:
        eeg: Windows, (n, C, T), in microvolts.
        channels: Names of the C electrodes.
        sfreq: Hz.

    Returns:
        `above` and `below`: share of windows with a peak beyond 40 and -40 uV. `delta` and `theta`:
        power, uV^2. `skewness` of all values.
    """
    course = eeg[:, [channels.index(name) for name in FRONTOPOLAR]].mean(1)  # (n, T)
    power = band_power(*power_spectra(course[:, None].astype(np.float32), sfreq)).mean((0, 1))
    bands = dict(zip(BANDS, power.tolist(), strict=True))
    return {
        "above": float((course.max(1) > PEAK_UV).mean()),
        "below": float((course.min(1) < -PEAK_UV).mean()),
        "delta": bands["delta"],
        "theta": bands["theta"],
        "skewness": float(skew(course.ravel())),
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
    rows = {"power": power / power.mean()}
    rows |= {f"r at {lag_s:g} s": row / power for lag_s, row in zip(LAGS_S, lagged, strict=True)}
    return {name: row.round(3).tolist() for name, row in rows.items()}


def _scores(real: WindowSet, made: WindowSet) -> dict[str, Any]:
    scores = score_windows(real, made, paired="generation")
    fidelity = scores["fidelity"]
    return {
        "c2st": fidelity["c2st"]["value"],
        "power": {band: part["value"] for band, part in fidelity["band_power_ratio"].items()},
        "covariance_error": fidelity["covariance_error"]["value"],
        "pearson": scores["paper"]["pearson"]["value"],
    }


def main() -> None:
    """Print the measurements of a finished run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.continuous", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a finished run")
    print(json.dumps(measure(parser.parse_args().results), indent=1))


if __name__ == "__main__":
    main()
