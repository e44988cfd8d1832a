"""Tables of trials, with means over seeds, and of people, with means over people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, read_json, read_record


def tabulate(
    scores: Sequence[tuple[tuple[str, int], Path]],
    *,
    reference: str,
    printed: Mapping[str, Mapping[str, float]],
    table: Path,
) -> None:
    """Write a table of trials as CSV, one row per variant and score.

    Columns: `variant`; `score`; `seeds`, the number of seeds with the score; `mean` over them with
    its 95 % t-interval `low`, `high`; `windows_low`, `windows_high`, the ends of the bootstrap
    interval over clips, averaged over seeds; `difference` from the reference with the same seed,
    with `difference_low`, `difference_high` and `pairs`, the number of seeds that both have;
    `printed`, the value in the paper; `checkpoints`, the first 12 digits of each SHA-256, or `real`
    for recordings.

    Intervals over seeds cover the spread of trainings, those over clips the choice of test
    windows. One seed gives no interval of the first kind.

    Args:
        scores: Variant and seed, and its file of scores.
        reference: The variant to compare others with.
        printed: Scores in the paper, by variant.
        table: Output.
    """
    read = [(variant, seed, read_record(path)) for (variant, seed), path in scores]
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
    """Write the table of people who were left out of a training, one row per person, generator
    and number of windows.

    Columns: `subject`; `generator`, its name; `known`, whether the person was in its training;
    `n_windows`, the number of the person's windows that it was trained, adapted or scaled with, or
    that are scored themselves (`recording`); the scores; `checkpoint`, the SHA-256 of the
    generator before adaptation, if there is one. Then rows of means over
    people, whose `subject` is `mean`: each score with the ends `_low` and `_high` of its 95 %
    t-interval, and `people`, their number.

    Args:
        scores: Each person and their file of scores.
        table: Output.

    Raises:
        UserError: if nobody was scored.
    """
    rows = pd.DataFrame(
        [{"subject": name} | row for name, path in scores for row in read_json(path)]
    )
    if rows.empty:
        raise UserError(
            "split.test",
            expected="test windows of people who can be left out",
            found="none of " + ", ".join(name for name, _ in scores),
            next_step="choose other blocks or people for the test",
        )
    keys = ["subject", "generator", "known", "n_windows", "checkpoint"]
    # numbers of windows differ between people in the training: they form one group
    adapted_with = rows["n_windows"].astype("Int64").where(~rows["known"])
    groups = rows.groupby(["generator", "known", adapted_with], sort=False, dropna=False)
    means = []
    for (generator, known, n), group in groups:
        row = {"subject": "mean", "generator": generator, "known": known, "n_windows": n}
        row |= {"people": len(group)}
        for name in rows.columns.drop(keys):
            _, mean, low, high = mean_and_interval(group[name].astype(float))
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        means.append(row)
    content = pd.concat([rows, pd.DataFrame(means)]).astype({"n_windows": "Int64"})
    with atomic_path(table) as temporary:
        content.to_csv(temporary, index=False)


def mean_and_interval(values: "pd.Series[float]") -> tuple[int, float, float, float]:
    """Return the number of known values, their mean and 95 % t-interval; NaN if there is none."""
    values = values.dropna()
    n, mean = len(values), float(values.mean())
    if n < 2:
        return n, mean, np.nan, np.nan
    half = float(stats.t.ppf(0.975, n - 1) * values.std() / np.sqrt(n))
    return n, mean, mean - half, mean + half
