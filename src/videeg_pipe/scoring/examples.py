"""Example windows and average responses for the report."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import ScoringData

LEAST, MOST = 12, 64
"""Bounds of the number of example windows, which depends on their size: the page holds them all."""
_MAX_VALUES = 2_000_000


def evoked_responses(
    data: ScoringData, rows: NDArray[np.intp], draws: NDArray[np.float32]
) -> dict[str, NDArray[Any]]:
    """Average responses to clip onset, (C, T) uV, over the first windows of clips.

    Real and true responses over all such windows of the split, generated ones over the released
    samples, or over the draws where no sample was released for such a window.

    Args:
        data: Real windows and released samples.
        rows: Windows of `data` with a further draw, (k,).
        draws: The draws, (k, C, T), normalised.
    """
    real = data.at_onset
    generated, matched = data.generated, data.matched
    if not real[matched].any():
        generated, matched = draws * data.scale[rows], rows
    shown = real[matched]
    out = {
        "evoked_n": np.array([real.sum(), shown.sum()]),
        "evoked_real": data.real[real].mean(0),
    }
    if shown.any():
        out["evoked_generated"] = generated[shown].mean(0)
    if data.truth is not None:
        out["evoked_truth"] = data.truth[real].mean(0)
    return out


def example_windows(data: ScoringData, seed: int) -> dict[str, NDArray[Any]]:
    """Return real windows, the samples generated for them, (k, C, T) uV, and their labels.

    The choice depends on ids and seed only: one window per subject and concept, subjects in turn,
    before a second one of any.
    """
    samples = data.samples
    samples["hash"] = [derive_seed(seed, "traces", name) for name in samples["window_id"]]
    samples = samples.sort_values("hash")
    samples["round"] = samples.groupby(["subject", "concept"]).cumcount()
    samples["turn"] = samples.groupby(["round", "subject"]).cumcount()
    rows = samples.sort_values(["round", "turn", "subject"]).index
    rows = rows[: np.clip(_MAX_VALUES // (2 * data.real[0].size), LEAST, MOST)]
    shown = samples.loc[rows]
    return {
        "trace_real": data.real[data.matched[rows]],
        "trace_generated": data.generated[rows],
        "trace_subject": shown["subject"].to_numpy(str),
        "trace_concept": shown["concept"].to_numpy(str),
        "trace_window": shown["window_id"].to_numpy(str),
        "trace_video": shown["video_id"].to_numpy(str),
        "trace_time_s": shown["video_time_s"].to_numpy(),
    }
