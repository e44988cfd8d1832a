"""Copy detection: how near released samples come to the windows that were trained on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.scoring.privacy.audited import Audited, nearest
from videeg_pipe.scoring.privacy.intervals import entry, mean, nested_weights
from videeg_pipe.scoring.stats import standardise, unknown

SHARE = 0.01
"""Of held-out real windows that are nearer to a training window than what is called a copy."""
_BATCH = 256
"""Training windows held at a time."""


def training_windows(inputs: Inputs, audited: Audited) -> Iterator[NDArray[np.float32]]:
    """All windows that the generator learned from, in the unit of the audit, batch by batch."""
    rows = inputs.windows("train", table="windows")
    rows = rows[rows["subject"].isin(audited.trained_on)]
    store, unit = inputs.eeg(), inputs.normalisation().population[:, None]
    for start in range(0, len(rows), _BATCH):
        yield store.windows(rows.iloc[start : start + _BATCH]) / unit


def score(
    audited: Audited, training: Iterator[NDArray[np.float32]], bootstrap: int, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compare released samples with the windows that were trained on.

    Args:
        audited: Samples and real windows.
        training: Windows that the generator learned from, (n, C, T) in batches.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.

    Returns:
        The entries `copy_ratio` and `copied_share` of metrics.json.
    """
    held_out = audited.held_out & audited.known
    people = set(audited.subjects[held_out])
    rows = np.flatnonzero(audited.windows["subject"].isin(people))
    table = pd.concat([audited.windows.iloc[rows], audited.windows[held_out]], ignore_index=True)
    windows = np.concatenate([audited.samples["window"][rows], audited.real["window"][held_out]])
    return compare(windows, table, np.arange(len(table)) < len(rows), training, bootstrap, seed)


def compare(
    windows: NDArray[np.float32],
    table: pd.DataFrame,
    sample: NDArray[np.bool_],
    training: Iterator[NDArray[np.float32]],
    bootstrap: int,
    seed: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compare samples and real windows of the same people in how near they are to others.

    Args:
        windows: Flat, with mean 0 and norm 1, (n, C*T).
        table: n rows with `subject` and `clip_id`; with `split`, samples of held-out windows have a
            ratio of their own.
        sample: Which of them are samples, (n,); the others are real and were not trained on.
        training: Windows that the generator learned from, (m, C, T) in batches.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.

    Returns:
        The entries `copy_ratio` and `copied_share` of metrics.json.
    """
    if sample.all() or not sample.any():
        nothing = unknown("no real windows were held out to compare with")
        return nothing, nothing
    distance = np.full(len(windows), np.inf)
    for batch in training:
        distance = np.minimum(distance, nearest(windows, standardise(batch).astype(np.float32)))
    if not np.isfinite(distance).all():
        nothing = unknown("the generator learned from no windows")
        return nothing, nothing
    weights = nested_weights(table, sample, bootstrap, seed)
    # each person counts as much among the real windows as among the samples
    shares = [table["subject"][of].value_counts(normalize=True) for of in (sample, ~sample)]
    weights[:, ~sample] *= table["subject"][~sample].map(shares[0] / shares[1]).to_numpy()

    def ratio(of: NDArray[np.bool_]) -> dict[str, Any]:
        value = mean(distance[of], weights[:, of]) / mean(distance[~sample], weights[:, ~sample])
        return entry(value, table["clip_id"][of])

    of_all = ratio(sample) | {"ideal": 1, "unit": "1"}
    if "split" in table:
        of_all["held_out"] = ratio(sample & (table["split"] != "train").to_numpy())
    limit = np.quantile(distance[~sample], SHARE)
    copied = mean((distance[sample] < limit).astype(np.float64), weights[:, sample])
    return of_all, entry(copied, table["clip_id"][sample]) | {"ideal": SHARE, "unit": "1"}
