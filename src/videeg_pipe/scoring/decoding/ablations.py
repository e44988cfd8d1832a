"""Paired differences of ablated or adapted decoders from the decoder itself, over trainings."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.decoding import DecodingRow
from videeg_pipe.scoring.decoding.compare import compare_decoders
from videeg_pipe.scoring.decoding.resampling import Resampling, per_clip
from videeg_pipe.scoring.tables import mean_and_interval

Values = Mapping[str, NDArray[np.floating]]


def compare_with(
    reference_of: Callable[[DecodingRow], DecodingRow | None],
    values: Mapping[DecodingRow, Values],
    resampling: Resampling,
) -> pd.DataFrame:
    """Compare rows with the row that each derives from, clip by clip.

    Args:
        reference_of: The row that another is compared with, such as the whole decoder of an
            ablation; None for rows that are compared with none.
        values: Values per presentation by row and score.
        resampling: Of the test set.

    Returns:
        The columns of `compare_decoders`, for values that are averaged over the trainings of both;
        `reference`, the row compared with; `by_seed`, the difference of each training, and
        `seeds_low` and `seeds_high`, their t-interval: NaN with one training.
    """
    trainings: dict[DecodingRow, dict[int, Values]] = {}
    for row, of in values.items():
        trainings.setdefault(replace(row, seed=0), {})[row.seed] = of
    tables = []
    wholes = dict.fromkeys(reference_of(row) for row in trainings)
    for whole in (row for row in wholes if row in trainings):
        parts = [row for row in trainings if reference_of(row) == whole]
        averaged = {row.name: _averaged(trainings[row]) for row in (whole, *parts)}
        table = compare_decoders(averaged, whole.name, resampling)
        named = {row.name: _differences(trainings[row], trainings[whole]) for row in parts}
        by_seed = [
            np.nanmean(named[row][score], axis=1).tolist()
            for row, score in zip(table["decoder"], table["score"], strict=True)
        ]
        intervals = [mean_and_interval(pd.Series(of))[2:] for of in by_seed]
        low, high = zip(*intervals, strict=True)
        added = {"by_seed": by_seed, "seeds_low": low, "seeds_high": high}
        tables.append(table.assign(reference=whole.name, **added))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _averaged(trainings: Mapping[int, Values]) -> dict[str, NDArray[np.float64]]:
    every = list(trainings.values())
    return {name: np.mean([per_clip(of[name]) for of in every], axis=0) for name in every[0]}


def _differences(
    part: Mapping[int, Values], whole: Mapping[int, Values]
) -> dict[str, NDArray[np.float64]]:
    """Return the difference of each training by score, (seeds, n); a clip needs all of them."""
    out = {}
    for score in next(iter(part.values())):
        made = [per_clip(part[seed][score]) - per_clip(whole[seed][score]) for seed in part]
        out[score] = np.where(np.isnan(made).any(0), np.nan, made)
    return out
