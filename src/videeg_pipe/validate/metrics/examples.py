"""Windows and averages that the report shows as they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.seeds import derive_seed
from videeg_pipe.validate.metrics.material import Material

N_TRACES = 12
"""Example windows kept; the report shows as many of them as its option says."""


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
    """Real windows and the samples generated for them, (k, C, T) uV, one subject after the other.

    They are drawn by their ids, not chosen by looks.
    """
    samples = material.samples
    samples["hash"] = [derive_seed(seed, "traces", name) for name in samples["window_id"]]
    samples = samples.sort_values("hash")
    samples["turn"] = samples.groupby("subject").cumcount()
    rows = samples.sort_values(["turn", "subject"]).index[:N_TRACES]
    shown = samples.loc[rows]
    out = {
        "trace_real": material.real[material.matched[rows]],
        "trace_generated": material.generated[rows],
        "trace_subject": shown["subject"].to_numpy(str),
        "trace_concept": shown["concept"].to_numpy(str),
        "trace_window": shown["window_id"].to_numpy(str),
    }
    if material.truth is not None:
        out["trace_truth"] = material.truth[material.matched[rows]]
    return out
