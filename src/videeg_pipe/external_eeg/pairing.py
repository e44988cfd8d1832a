"""The real window that each synthetic window is scored against."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.external_eeg.window_set import EVERYONE, WindowSet
from videeg_pipe.scoring.scoring_data import ScoringData
from videeg_pipe.scoring.utility.transfer import TARGETS


def pair_windows(
    real: WindowSet, synthetic: WindowSet, sfreq: float, *, paired: bool
) -> tuple[ScoringData, list[str]]:
    """Match synthetic with real windows and convert both to the input of the scores.

    Unpaired synthetic windows are matched with real windows of the same subject and concept, as
    far as both sides have these labels, in the order of both.

    Returns:
        The windows, with the real windows' SD per subject and channel as scale, and notes on
        missing labels.
    """
    keys = _matching_labels(real, real if paired else synthetic)
    clips = pd.Series(real.labels.get("clip_id", np.arange(len(real)))).astype(str)
    subject = real.labels["subject"].astype(str) if "subject" in keys else EVERYONE
    table = pd.DataFrame(
        {
            "subject": subject,
            "clip_id": _joined(real, ["subject"] if "subject" in real.labels else []) + "/" + clips,
            "video_id": clips,  # the same for all viewers
            "video_time_s": 0.0,
            "recording_id": "real",
            "start_sample": np.arange(len(real)),
        }
    )
    table = table.join(real.labels.filter(TARGETS).astype(str))
    if paired:
        matched = np.arange(len(real))
    else:
        matched = _match_groups(_joined(synthetic, keys), _joined(real, keys))
    notes = [
        "each synthetic window is compared with the real window "
        + ("of the same index" if paired else f"of the same {' and '.join(keys) or 'rank'}")
    ]
    if "subject" not in keys:
        notes.append(
            "one subject for all windows: subjects are missing on one side or differ between the "
            "sides (pass --labels twice to give both)"
        )
    if "clip_id" not in real.labels:
        notes.append(
            "every real window is a clip of its own: neighbours in time share slow drifts, which "
            "makes intervals too narrow and floors too low; give clip_id with --labels"
        )
    sd = np.full((len(real), real.eeg.shape[1], 1), np.nan, np.float32)
    for rows in table.groupby("subject").indices.values():
        sd[rows] = real.eeg[rows].std((0, 2))[:, None]
    assert not np.isnan(sd).any()  # every window has a subject
    data = ScoringData(
        windows=table,
        real=real.eeg,
        truth=None,
        scale=np.maximum(sd, np.finfo(np.float32).tiny),
        generated=synthetic.eeg,
        matched=matched,
        sfreq=sfreq,
        channels=real.channels or (),
        positions=np.full((real.eeg.shape[1], 3), np.nan),
    )
    return data, notes


def _matching_labels(real: WindowSet, synthetic: WindowSet) -> list[str]:
    """Most specific labels for which every synthetic window has a real counterpart."""
    return next(
        keys
        for keys in (["subject", "concept"], ["subject"], ["concept"], [])
        if set(keys) <= set(real.labels) & set(synthetic.labels)
        and set(_joined(synthetic, keys)) <= set(_joined(real, keys))
    )


def _joined(windows: WindowSet, keys: list[str]) -> "pd.Series[str]":
    """Several labels of each window joined into one string, (n,)."""
    joined = pd.Series("", index=range(len(windows)))
    for key in keys:
        joined = joined + "/" + windows.labels[key].astype(str)
    return joined


def _match_groups(synthetic: "pd.Series[str]", real: "pd.Series[str]") -> NDArray[np.intp]:
    """Row of a real window of the same group per synthetic window, (m,), evenly spread."""
    groups, matched = real.groupby(real).indices, np.empty(len(synthetic), np.intp)
    for group, own in synthetic.groupby(synthetic).indices.items():
        rows = groups[group]
        matched[own] = rows[np.arange(len(own)) * len(rows) // len(own)]
    return matched
