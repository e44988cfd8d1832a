"""Intervals and tests of scores per presentation, where clips cluster in runs and in people.

Five clips of a run share a concept and a stretch of the recording, and all people see the same
runs: neither clips nor rows are independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import Score, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.stats import crossed_weights, enough_clips, percentile_interval
from videeg_pipe.scoring.tables import mean_and_interval

_EXACT = 16  # most runs whose 2^16 signs are all taken


def per_clip(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average values per frame, (n, F), over the frames that have one; values (n,) stay."""
    if values.ndim == 1:
        return values.astype(np.float64)
    known = np.isfinite(values)
    n = known.sum(1)
    total = np.where(known, values, 0).sum(1)
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)


@dataclass(frozen=True)
class Resampling:
    """The rows of a test set, and how often the bootstrap draws each."""

    table: pd.DataFrame  # n rows with `subject`, `block`, `run_id`, `concept`
    n_draws: int
    seed: int

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """(1 + B, n), rows sum to 1: first the rows as they are, then the draws."""
        table, n = self.table, len(self.table)
        drawn = crossed_weights(
            table["run_id"], table["subject"], self.n_draws, derive_seed(self.seed, "bootstrap")
        )
        return np.concatenate([np.full((1, n), 1 / n), drawn])

    def means(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean over rows and its draws, (1 + B,); NaN values are left out.

        Args:
            values: (n,), or (n, F) per frame.
        """
        flat = per_clip(values)
        known = np.isfinite(flat)
        total = self.weights @ known
        sums = self.weights @ np.where(known, flat, 0)
        return np.divide(sums, total, out=np.full(len(sums), np.nan), where=total > 0)

    def interval(self, draws: NDArray[np.float64], rows: NDArray[np.bool_] | None = None) -> Score:
        """Return a score from its value and draws, (1 + B,).

        Args:
            draws: From `means`, or a function of several.
            rows: (n,) the rows that it rests on; all by default.
        """
        used = self.table if rows is None else self.table[rows]
        if not len(used) or not np.isfinite(draws[0]):
            return unknown("no clip has this score")
        score = Score(
            float(draws[0]),
            n_presentations=len(used),
            n_runs=int(used["run_id"].nunique()),
            n_people=int(used["subject"].nunique()),
            drawn="runs and people" if enough_clips(self.table["subject"]) else "runs",
        )
        if not enough_clips(used["run_id"]):
            return replace(score, low=None, high=None, reason="an interval needs 5 runs")
        low, high = percentile_interval(draws[1:][np.isfinite(draws[1:])])
        return replace(score, low=low, high=high)

    def mean(self, values: NDArray[np.floating]) -> Score:
        """Return the mean over rows with its interval, and the mean over people with theirs."""
        flat = per_clip(values)
        score = self.interval(self.means(flat), np.isfinite(flat))
        people = pd.Series(flat).groupby(self.table["subject"].to_numpy()).mean()
        n, mean, low, high = mean_and_interval(people)
        if n < 2:
            return score
        return replace(score, over_people=Score(mean, low, high, n_people=n))

    def label_p(self, credit: NDArray[np.floating], true: NDArray[np.integer]) -> float:
        """Test whether a score follows the labels, by permuting the labels of runs in each block.

        Args:
            credit: (n, K) score of each row if its label were each of the concepts.
            true: (n,) label of each row, the same in a run.

        Returns:
            Share of permutations with at least the score of the true labels, which count too.
        """
        rng = np.random.default_rng(derive_seed(self.seed, "labels"))
        runs = self.table.assign(label=true).groupby(["block", "run_id"], sort=True)
        labels = runs["label"].first()
        summed = np.array([credit[runs.indices[run]].sum(0) for run in labels.index])  # (runs, K)
        blocks = labels.index.get_level_values("block").to_numpy()
        permuted = np.tile(labels.to_numpy(), (1 + self.n_draws, 1))
        for block in np.unique(blocks):
            own = blocks == block
            permuted[1:, own] = rng.permuted(permuted[1:, own], axis=1)
        totals = np.take_along_axis(summed[None], permuted[:, :, None], axis=2)[..., 0].sum(1)
        return float(np.mean(totals >= totals[0] - 1e-9))

    def difference_p(self, difference: NDArray[np.floating]) -> float:
        """Test whether paired differences (n,) have mean 0, by flipping the sign of whole runs.

        Returns:
            Two-sided p-value: exact for up to 16 runs. For more, it rests on `n_draws` draws of
            signs, of which the observed ones count as one.
        """
        sums = pd.Series(np.nan_to_num(difference)).groupby(self.table["run_id"].to_numpy()).sum()
        if len(sums) <= _EXACT:
            bits = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
            signs = 1.0 - 2 * bits
        else:
            rng = np.random.default_rng(derive_seed(self.seed, "signs"))
            signs = rng.choice([-1.0, 1.0], size=(1 + self.n_draws, len(sums)))
            signs[0] = 1
        totals = np.abs(signs @ sums.to_numpy())
        return float(np.mean(totals >= totals[0] - 1e-9))


def by_level(
    values: Mapping[str, NDArray[np.floating]], table: pd.DataFrame
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return means per person, test block, position in the run and frame.

    Args:
        values: By score, (n,) or (n, F) per frame.
        table: n rows with `subject`, `block` and `position`.

    Returns:
        By factor, level and score. Scores without a value in a level are null; `frame`, counted
        from 1, has the scores per frame.
    """
    flat = pd.DataFrame({name: per_clip(of) for name, of in values.items()})
    out: dict[str, dict[str, dict[str, float | None]]] = {}
    for factor in ("subject", "block", "position"):
        means = flat.groupby(table[factor].to_numpy(), sort=True).mean()
        out[factor] = {str(level): _row(row) for level, row in means.iterrows()}
    courses = pd.DataFrame({name: of.mean(0) for name, of in values.items() if of.ndim == 2})
    courses.index += 1
    out["frame"] = {str(frame): _row(row) for frame, row in courses.iterrows()}
    return out


def _row(row: "pd.Series[float]") -> dict[str, float | None]:
    return {str(name): float(of) if np.isfinite(of) else None for name, of in row.items()}
