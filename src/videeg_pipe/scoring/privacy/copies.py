"""Copy detection: distance of released samples to the nearest training window."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.scores import Score, score_spec, unknown
from videeg_pipe.scoring.privacy.audited import AuditData, nearest
from videeg_pipe.scoring.privacy.intervals import (
    bootstrap_score,
    nested_weights,
    weighted_mean,
)
from videeg_pipe.scoring.stats import standardise

_BATCH = 256
"""Training windows in memory at a time."""


def training_windows(inputs: Inputs, audited: AuditData) -> Iterator[NDArray[np.float32]]:
    """Yield all windows of the generator's training, in the unit of the audit, in batches."""
    rows = inputs.windows("train", table="windows")
    rows = rows[rows["subject"].isin(audited.trained_on)]
    store, unit = inputs.eeg(), inputs.normalisation().population[:, None]
    for start in range(0, len(rows), _BATCH):
        yield store.windows(rows.iloc[start : start + _BATCH]) / unit


def score_copies(
    audited: AuditData, training: Iterator[NDArray[np.float32]], bootstrap: int, seed: int
) -> dict[str, Score]:
    """Compare released samples with the training windows.

    Args:
        audited: Samples and real windows.
        training: Windows of the generator's training, (n, C, T) in batches.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.

    Returns:
        The entries `copy_ratio` and `copied_share`.
    """
    held_out = audited.held_out & audited.of_trained_people
    people = set(audited.subjects[held_out])
    rows = np.flatnonzero(audited.windows["subject"].isin(people))
    table = pd.concat([audited.windows.iloc[rows], audited.windows[held_out]], ignore_index=True)
    windows = np.concatenate([audited.samples["window"][rows], audited.real["window"][held_out]])
    is_sample = np.arange(len(table)) < len(rows)
    return compare_distances(windows, table, is_sample, training, bootstrap, seed)


def compare_distances(
    windows: NDArray[np.float32],
    table: pd.DataFrame,
    sample: NDArray[np.bool_],
    training: Iterator[NDArray[np.float32]],
    bootstrap: int,
    seed: int,
) -> dict[str, Score]:
    """Compare the distances of samples and of real windows to the nearest training window.

    Args:
        windows: Flat, with mean 0 and norm 1, (n, C*T).
        table: n rows with `subject` and `clip_id`; with `split`, the ratio of samples for
            held-out windows is added.
        sample: (n,) whether it is a sample; the others are held-out real windows.
        training: Windows of the generator's training, (m, C, T) in batches.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.

    Returns:
        The entries `copy_ratio` and `copied_share`.
    """
    if sample.all() or not sample.any():
        return _nothing("no real windows of people in the training were held out")
    distance = np.full(len(windows), np.inf)
    for batch in training:
        distance = np.minimum(distance, nearest(windows, standardise(batch).astype(np.float32)))
    if not np.isfinite(distance).all():
        return _nothing("the generator was trained on no windows")
    weights = nested_weights(table, sample, bootstrap, seed)
    # equal weight per person in both kinds
    shares = [table["subject"][of].value_counts(normalize=True) for of in (sample, ~sample)]
    weights[:, ~sample] *= table["subject"][~sample].map(shares[0] / shares[1]).to_numpy()

    def ratio(of: NDArray[np.bool_]) -> Score:
        of_samples, of_real = (
            weighted_mean(distance[rows], weights[:, rows]) for rows in (of, ~sample)
        )
        return bootstrap_score(of_samples / of_real, table["clip_id"][of])

    copy_ratio = replace(ratio(sample), **score_spec("privacy", "copy_ratio").facts)
    if "split" in table:
        held_out = ratio(sample & (table["split"] != "train").to_numpy())
        copy_ratio = replace(copy_ratio, held_out=held_out)
    facts = score_spec("privacy", "copied_share").facts
    # a copy is nearer than the share of held-out real windows that is the ideal
    limit = np.quantile(distance[~sample], facts["ideal"])
    copied = weighted_mean((distance[sample] < limit).astype(np.float64), weights[:, sample])
    copied_share = replace(bootstrap_score(copied, table["clip_id"][sample]), **facts)
    return {"copy_ratio": copy_ratio, "copied_share": copied_share}


def _nothing(reason: str) -> dict[str, Score]:
    return dict.fromkeys(("copy_ratio", "copied_share"), unknown(reason))
