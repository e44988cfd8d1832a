"""Windows and averages that the report shows as they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import Material

LEAST, MOST = 12, 64
"""Example windows kept, by what they weigh: the report's page holds them all."""
_MAX_VALUES = 2_000_000


def evoked(material: Material) -> dict[str, NDArray[Any]]:
    """Average responses to clip onset, (C, T) uV, over windows that start with their clip.

    Real ones over all such windows of the split, generated ones over the released samples, the
    truth where it is known.
    """
    real = material.at_onset
    generated = real[material.matched]
    out = {
        "evoked_n": np.array([real.sum(), generated.sum()]),
        "evoked_real": material.real[real].mean(0),
    }
    if generated.any():
        out["evoked_generated"] = material.generated[generated].mean(0)
    if material.truth is not None:
        out["evoked_truth"] = material.truth[real].mean(0)
    return out


def traces(material: Material, seed: int) -> dict[str, NDArray[Any]]:
    """Real windows and the samples generated for them, (k, C, T) uV, and what they are.

    They are drawn by their ids, not chosen by looks: one of each subject and concept, subjects in
    turn, before there is a second of any.
    """
    samples = material.samples
    samples["hash"] = [derive_seed(seed, "traces", name) for name in samples["window_id"]]
    samples = samples.sort_values("hash")
    samples["round"] = samples.groupby(["subject", "concept"]).cumcount()
    samples["turn"] = samples.groupby(["round", "subject"]).cumcount()
    rows = samples.sort_values(["round", "turn", "subject"]).index
    rows = rows[: np.clip(_MAX_VALUES // (2 * material.real[0].size), LEAST, MOST)]
    shown = samples.loc[rows]
    return {
        "trace_real": material.real[material.matched[rows]],
        "trace_generated": material.generated[rows],
        "trace_subject": shown["subject"].to_numpy(str),
        "trace_concept": shown["concept"].to_numpy(str),
        "trace_window": shown["window_id"].to_numpy(str),
        "trace_video": shown["video_id"].to_numpy(str),
        "trace_time_s": shown["video_time_s"].to_numpy(),
    }
