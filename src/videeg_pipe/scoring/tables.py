"""Tables of trials, with means over seeds, and of people, with means over these."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, read_json


def tabulate(
    scores: Sequence[tuple[tuple[str, int], Path]],
    *,
    reference: str,
    printed: Mapping[str, Mapping[str, float]],
    table: Path,
) -> None:
    """Write a table of trials as CSV, a row a variant and score.

    Columns: `variant`, `score`, `seeds` (of how many it is known), `mean` over them with its 95 %
    t-interval `low`, `high`; `windows_low`, `windows_high`, that of the bootstrap over clips where
    the score has one, its ends averaged over seeds; `difference` from the reference with the same
    seed, with `difference_low`, `difference_high` and `pairs`, how many seeds both
    have; `printed`, what the paper prints; `checkpoints`, the first 12 digits of the SHA-256 of
    each that was scored, or `real` where recordings were.

    Intervals over seeds say how much trainings differ, those over clips how much another test
    set would; one seed gives none of the first.

    Args:
        scores: Variant and seed, and its file of scores.
        reference: The variant that others are compared with.
        printed: Scores that the paper prints, by variant.
        table: Where the table goes.
    """
    read = [(variant, seed, read_json(path)) for (variant, seed), path in scores]
    index = pd.MultiIndex.from_tuples([(variant, seed) for variant, seed, _ in read])
    values = pd.DataFrame([run["scores"] for _, _, run in read], index=index).astype(float)
    lows, highs = (
        pd.DataFrame(
            [{score: ends[end] for score, ends in run["intervals"].items()} for _, _, run in read],
            index=index,
            columns=values.columns,
        ).astype(float)
        for end in (0, 1)
    )
    rows = []
    for name in dict.fromkeys(variant for variant, _, _ in read):
        own, first = values.loc[name], values.loc[reference]
        hashes = " ".join(
            (run["checkpoint_sha256"] or "real")[:12] for v, _, run in read if v == name
        )
        for score in map(str, values.columns):
            n, mean, low, high = mean_and_interval(own[score])
            pairs, change, change_low, change_high = mean_and_interval(own[score] - first[score])
            rows.append(
                {
                    "variant": name,
                    "score": score,
                    "seeds": n,
                    "mean": mean,
                    "low": low,
                    "high": high,
                    "windows_low": float(lows.loc[name][score].mean()),
                    "windows_high": float(highs.loc[name][score].mean()),
                    "pairs": pairs,
                    "difference": change,
                    "difference_low": change_low,
                    "difference_high": change_high,
                    "printed": printed[name].get(score, np.nan),
                    "checkpoints": hashes,
                }
            )
    with atomic_path(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


def tabulate_people(scores: Sequence[tuple[str, Path]], *, table: Path) -> None:
    """Write the table of people who were left out of a training, a row a person and generator.

    Columns: `subject`; `known`, whether the generator was trained with them; `n_windows` of theirs
    that it learned from; the scores; `checkpoint`, the generator's SHA-256 before it was taught.
    Then rows of means over people, whose `subject` is `mean`: each score with the ends `_low` and
    `_high` of its 95 % t-interval, and `people`, how many they are.

    Args:
        scores: Each person and their file of scores.
        table: Where the table goes.

    Raises:
        UserError: if nobody was scored.
    """
    found = pd.DataFrame(
        [{"subject": name} | row for name, path in scores for row in read_json(path)]
    )
    if found.empty:
        raise UserError(
            "split.test",
            expected="test windows of people who can be left out",
            found="none of " + ", ".join(name for name, _ in scores),
            next_step="choose other blocks or people for the test",
        )
    keys = ["subject", "known", "n_windows", "checkpoint"]
    # how many windows a known person has is the person's own
    taught = found["n_windows"].astype("Int64").where(~found["known"])
    means = []
    for (known, n), group in found.groupby(["known", taught], sort=False, dropna=False):
        row = {"subject": "mean", "known": known, "n_windows": n, "people": len(group)}
        for name in found.columns.drop(keys):
            _, mean, low, high = mean_and_interval(group[name].astype(float))
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        means.append(row)
    rows = pd.concat([found, pd.DataFrame(means)]).astype({"n_windows": "Int64"})
    with atomic_path(table) as temporary:
        rows.to_csv(temporary, index=False)


def mean_and_interval(values: "pd.Series[float]") -> tuple[int, float, float, float]:
    """How many values are known, their mean and its 95 % t-interval; NaN where there is none."""
    values = values.dropna()
    n, mean = len(values), float(values.mean())
    if n < 2:
        return n, mean, np.nan, np.nan
    half = float(stats.t.ppf(0.975, n - 1) * values.std() / np.sqrt(n))
    return n, mean, mean - half, mean + half
