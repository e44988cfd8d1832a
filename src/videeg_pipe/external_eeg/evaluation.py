"""Driver of `videeg evaluate`: score synthetic windows against real ones."""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from videeg_pipe.contracts.scores import definitions, to_json
from videeg_pipe.external_eeg import training_scores
from videeg_pipe.external_eeg.compatibility import (
    amplitude_warnings,
    check_pairs,
    common_rate,
    few_windows_warnings,
    file_assumptions,
    match_windows,
)
from videeg_pipe.external_eeg.pairing import pair_windows
from videeg_pipe.external_eeg.window_set import WindowSet
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.fidelity.c2st import score_c2st
from videeg_pipe.scoring.fidelity.statistics import score_fidelity
from videeg_pipe.scoring.paper import score_paper

METRICS = "metrics.json"
Protocol = Literal["generation", "reconstruction"]


def score_windows(
    real: WindowSet,
    synthetic: WindowSet,
    *,
    training: WindowSet | None = None,
    sfreq: float | None = None,
    paired: Protocol | None = None,
    seed: int = 42,
) -> dict[str, Any]:
    """Score synthetic windows against real ones.

    Args:
        real: n windows.
        synthetic: m windows.
        training: The generator's training windows; none of them may be in `real`.
        sfreq: Sampling rate of arrays, Hz.
        paired: Protocol of paired windows, where the i-th synthetic window was generated for the
            i-th real one; None for unpaired windows.
        seed: Seed of splits, classifiers and bootstrap.

    Returns:
        Content of metrics.json: the compared sets, `assumptions`, `warnings`, and the section
        `fidelity` with `c2st`. Paired windows add `paper` with its protocol. Training windows add
        `fidelity.eeg_fid`, `utility` and `privacy`.

    Raises:
        UserError: if the sets differ in rate, channels or length, or training and real windows
            overlap.
    """
    sides = {"real": real, "synthetic": synthetic}
    if training is not None:
        sides["training"] = training
    rate = common_rate(list(sides.values()), sfreq)
    assumptions = list(file_assumptions(list(sides.values()), rate))
    facts = {
        name: {
            "path": side.name,
            "n_windows": len(side),
            "labels": list(side.labels.columns),
            **({"files": dict(side.files)} if side.files else {}),
        }
        for name, side in sides.items()
    }
    reference = synthetic if real.channels is None else real
    synthetic = match_windows(synthetic, real)
    if training is not None:
        training = match_windows(training, reference)
        training_scores.check(real, training, rate)
    if paired is not None:
        check_pairs(real, synthetic)
    real, synthetic = (_limited(side, assumptions) for side in (real, synthetic))
    data, notes = pair_windows(real, synthetic, rate, paired=paired is not None)
    fidelity, _ = score_fidelity(data, seed)
    rows, first = np.unique(data.matched, return_index=True)  # each real window counts once
    fidelity |= score_c2st(
        data.generated[first] / data.scale[rows],
        data.normalised,
        data.windows,
        rows,
        sfreq=rate,
        bootstrap=training_scores.BOOTSTRAP,
        seed=seed,
    )
    sections: dict[str, Any] = {}
    if training is None:
        notes.append(
            "eeg_fid, utility and privacy need --training, the generator's training windows"
        )
    else:
        labels = synthetic.labels
        if paired is not None:  # labels of the real windows hold for their synthetic ones
            labels = labels.join(real.labels.drop(columns=labels.columns, errors="ignore"))
        sections, more = training_scores.score_against_training(
            data, labels, training, reconstructed=paired == "reconstruction", seed=seed
        )
        fidelity["eeg_fid"] = sections.pop("eeg_fid")
        notes += more
    without = ("eeg_fid", "encoder") if training is None else ()
    fidelity["definitions"] = definitions("fidelity", without=("c2st_eight", *without))
    scores = {
        **facts,
        "n_channels": len(data.channels) or data.real.shape[1],
        "sfreq": rate,
        "window_s": data.real.shape[-1] / rate,
        "seed": seed,
        "assumptions": assumptions + notes,
        "warnings": [*few_windows_warnings(len(rows)), *amplitude_warnings(data)],
        "fidelity": fidelity,
        **sections,
    }
    if paired is not None:
        scores["paper"] = {"protocol": paired} | score_paper(data, seed)
    return dict(to_json(scores))


def write_scores(scores: dict[str, Any], folder: Path) -> Path:
    """Write metrics.json into a folder and return its path."""
    path = folder / METRICS
    write_json(path, json.loads(json.dumps(scores, sort_keys=True)))
    return path


def _limited(side: WindowSet, assumptions: list[str]) -> WindowSet:
    """At most MOST_WINDOWS of the windows; a reduction is added to the assumptions."""
    most = training_scores.MOST_WINDOWS
    if len(side) <= most:
        return side
    assumptions.append(f"{side.name}: {most} of {len(side)} windows, evenly spread")
    return side.take(training_scores.spread(len(side), most))
