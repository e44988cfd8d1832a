"""The table of what generated EEG adds, with paired differences on the same test clips."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.generated_clips import (
    EUCLIDEAN,
    FLOORS,
    GENERATOR,
    KNOWN_MEAN,
    OWN,
    REAL,
)
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.runtime.files import atomic_path
from videeg_pipe.scoring.decoding.resampling import Resampling
from videeg_pipe.scoring.stats import holm
from videeg_pipe.scoring.tables import mean_and_interval

MEANS = ("concept_top1", "identify_all", "identify_within")
R_SQUARED = {name: (f"{name}_error", f"{name}_spread") for name in ("text", "latents")}
RIVALS = (*FLOORS, KNOWN_MEAN, EUCLIDEAN, OWN)
"""What the generator is compared with, where it was scored."""
_SET = ["decoder", "share", "minutes_total", "minutes_per_person", "origin", "multiple"]
_PRESENTATION = ["subject", "clip_id", "block", "run_id", "concept"]

Draws = NDArray[np.float64]
"""A value and its draws by the bootstrap, (1 + B,)."""


def compare_augmented(scored: list[Path], *, bootstrap: int, seed: int, table: Path) -> None:
    """Write one row per decoder, share, origin, multiple and score; docs/decode.md names columns.

    Args:
        scored: Tables of `score_augmented`.
        bootstrap: Draws of intervals and permutations.
        seed: The run's seed.
        table: `augmentation.csv`.
    """
    rows: list[dict[str, Any]] = []
    for path in scored:
        rows += compare_training_sets(read_parquet(path), bootstrap, seed)
    frame = pd.DataFrame(rows)
    for column in [name for name in map(str, frame) if name.endswith("_p")]:
        # shares and multiples; synthetic people (share 0) are another question
        keys = [frame["decoder"], frame["score"], frame["origin"], frame["share"] == 0]
        for _, family in frame.groupby(keys)[column]:
            adjusted = holm({str(row): p for row, p in family.dropna().items()})
            for row, p in adjusted.items():
                frame.loc[int(row), f"{column}_holm"] = p
    with atomic_path(table) as temporary:
        frame.to_csv(temporary, index=False)


def compare_training_sets(
    scores: pd.DataFrame, bootstrap: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one decoder and share, without the adjusted p-values.

    Args:
        scores: From `score_augmented`. Values and differences are of scores that are averaged over
            trainings; `_seeds_low` and `_seeds_high` are the t-interval of the differences of the
            trainings, NaN with one.
        bootstrap: Draws of intervals and permutations.
        seed: The run's seed.
    """
    n_seeds = scores["seed"].nunique()
    means = scores.drop(columns="seed").groupby([*_SET, *_PRESENTATION], as_index=False).mean()
    key = ["origin", "multiple"]
    sets = {of: own.reset_index(drop=True) for of, own in means.groupby(key)}
    trainings = dict(list(scores.groupby(key)))
    real = sets[REAL, 0]
    resampling = Resampling(real[_PRESENTATION], bootstrap, seed)
    for (origin, multiple), own in sets.items():
        others: dict[str, Any] = {"gain": (REAL, 0)} if origin != REAL else {}
        if origin == GENERATOR:
            for rival in RIVALS:
                level = 0 if rival in (EUCLIDEAN, OWN) else multiple
                if (rival, level) in sets:
                    others[f"over_{rival.replace('-', '_')}"] = (rival, level)
        for name in (*MEANS, *R_SQUARED):
            row: dict[str, Any] = {of: own[of].iloc[0] for of in _SET}
            row |= {"seeds": n_seeds, "score": label(name)}
            found = resampling.interval(_draws(own, name, resampling), _known(own, name))
            row |= {"value": found.value, "low": found.low, "high": found.high}
            for column, other in others.items():
                row |= _difference(column, own, sets[other], name, resampling)
                both = _by_seed(trainings[origin, multiple], name), _by_seed(trainings[other], name)
                low, high = mean_and_interval(both[0] - both[1])[2:]
                row |= {f"{column}_seeds_low": low, f"{column}_seeds_high": high}
            yield row | {"n_people": found.n_people, "n_runs": found.n_runs}


def label(name: str) -> str:
    """Return the name of a score in the table."""
    return f"{name}_r2" if name in R_SQUARED else name


def _difference(
    column: str, own: pd.DataFrame, other: pd.DataFrame, name: str, resampling: Resampling
) -> dict[str, float | None]:
    """Return a paired difference, its interval, and p from flipping the signs of whole runs."""
    draws = _draws(own, name, resampling) - _draws(other, name, resampling)
    found = resampling.interval(draws, _known(own, name))
    if found.value is None:
        return {}
    error = R_SQUARED[name][0] if name in R_SQUARED else name
    p = resampling.difference_p((own[error] - other[error]).to_numpy())
    return {
        column: found.value,
        f"{column}_low": found.low,
        f"{column}_high": found.high,
        f"{column}_p": p,
    }


def _by_seed(scores: pd.DataFrame, name: str) -> "pd.Series[float]":
    """Return the score of each training, by its seed."""
    means = scores.groupby("seed").mean(numeric_only=True)
    if name in MEANS:
        return means[name]
    error, spread = R_SQUARED[name]
    return 1 - means[error] / means[spread]


def _draws(own: pd.DataFrame, name: str, resampling: Resampling) -> Draws:
    if name in MEANS:
        return resampling.means(own[name].to_numpy())
    error, spread = (resampling.means(own[part].to_numpy()) for part in R_SQUARED[name])
    return 1 - error / spread


def _known(own: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    return np.isfinite(own[name if name in MEANS else R_SQUARED[name][0]].to_numpy())
