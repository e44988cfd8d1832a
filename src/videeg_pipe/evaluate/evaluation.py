"""The project's evaluation for anybody's EEG: synthetic windows against real ones."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.evaluate import training_scores as taught
from videeg_pipe.evaluate.read_windows import WindowSet, in_order
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring import paper
from videeg_pipe.scoring.fidelity import c2st
from videeg_pipe.scoring.fidelity import eeg_fid as fid
from videeg_pipe.scoring.fidelity import statistics as fidelity
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.utility import transfer as utility

Protocol = Literal["generation", "reconstruction"]

_LARGEST_RATIO = 1000.0
"""Between the amplitudes of two sets of EEG in the same unit; volts and uV differ by 1e6."""


def evaluate(
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
        training: Real windows that the generator learned from, none of them among `real`.
        sfreq: Hz, where none of them says it.
        paired: The protocol by which the i-th synthetic window was made for the i-th real one;
            None where no window was made for another.
        seed: Seed of splits, classifiers and bootstrap.

    Returns:
        What goes into metrics.json: what was compared, `assumptions`, `warnings`, the section
        `fidelity` with `c2st`, of paired windows `paper` with its protocol, and with training
        windows `fidelity.eeg_fid`, `utility` and `privacy`.

    Raises:
        UserError: if they differ in rate, channels or length, or share windows that they must not.
    """
    sides = {"real": real, "synthetic": synthetic}
    if training is not None:
        sides["training"] = training
    rate = _common_rate(list(sides.values()), sfreq)
    assumptions = list(_taken_over(list(sides.values()), rate))
    facts = {
        name: {"path": of.name, "n_windows": len(of), "labels": list(of.labels.columns)}
        for name, of in sides.items()
    }
    named = synthetic if real.channels is None else real
    synthetic = _alike(synthetic, real)
    if training is not None:
        training = _alike(training, named)
        taught.check(real, training, rate)
    if paired is not None:
        _check_pairs(real, synthetic)
    fewer, most = [], taught.MOST_WINDOWS
    for of in (real, synthetic):
        if len(of) > most:
            assumptions.append(f"{of.name}: {most} of {len(of)} windows, evenly spread")
            of = of.take(taught.spread(len(of), most))
        fewer.append(of)
    real, synthetic = fewer
    material, told = as_material(real, synthetic, rate, paired=paired is not None)
    like, _ = fidelity.score(material, seed)
    rows, first = np.unique(material.matched, return_index=True)  # a real window stands once
    like["c2st"] = c2st.score(
        material.generated[first] / material.scale[rows],
        material.normalised,
        material.windows,
        rows,
        sfreq=rate,
        bootstrap=taught.BOOTSTRAP,
        seed=seed,
    )
    like["definitions"] = like["definitions"] | c2st.DEFINITIONS
    found: dict[str, Any] = {}
    if training is None:
        told.append(
            "eeg_fid, utility and copies need --training, the real windows that the generator "
            "learned from"
        )
    else:
        labels = synthetic.labels
        if paired is not None:  # those of the windows that they were made for
            labels = labels.join(real.labels.drop(columns=labels.columns, errors="ignore"))
        given = paired == "reconstruction"
        found, more = taught.score(material, labels, training, given=given, seed=seed)
        like["eeg_fid"] = found.pop("eeg_fid")
        like["definitions"] |= fid.DEFINITIONS
        told += more
    scores = {
        **facts,
        "n_channels": len(material.channels) or material.real.shape[1],
        "sfreq": rate,
        "window_s": material.real.shape[-1] / rate,
        "seed": seed,
        "assumptions": assumptions + told,
        "warnings": list(_warnings(material)),
        "fidelity": like,
        **found,
    }
    if paired is not None:
        scores["paper"] = {"protocol": paired} | paper.score(material, seed)
    return scores


def as_material(
    real: WindowSet, synthetic: WindowSet, sfreq: float, *, paired: bool
) -> tuple[Material, list[str]]:
    """Put two sets of windows into the form that the scores take.

    Synthetic windows that were made for none in particular stand against real ones of the same
    subject and concept, as far as both sides say these, in the order of both.

    Returns:
        The material, normalised by the real windows' SD a subject and channel, and what was
        assumed where labels are lacking.
    """
    keys = _keys(real, real if paired else synthetic)
    clips = pd.Series(real.labels.get("clip_id", np.arange(len(real)))).astype(str)
    subject = real.labels["subject"].astype(str) if "subject" in keys else taught.EVERYONE
    table = pd.DataFrame(
        {
            "subject": subject,
            "clip_id": _joint(real, ["subject"] if "subject" in real.labels else []) + "/" + clips,
            "video_id": clips,  # whoever saw it
            "video_time_s": 0.0,
            "recording_id": "real",
            "start_sample": np.arange(len(real)),
        }
    )
    table = table.join(real.labels.filter(utility.TARGETS).astype(str))
    if paired:
        matched = np.arange(len(real))
    else:
        matched = _spread(_joint(synthetic, keys), _joint(real, keys))
    told = [
        "each synthetic window stands against the real window "
        + ("in its place" if paired else f"of the same {' and '.join(keys) or 'rank'}")
    ]
    if "subject" not in keys:
        told.append(
            "one subject: the subjects of one side or both are not known (--labels twice says them "
            "of both), or differ"
        )
    if "clip_id" not in real.labels:
        told.append(
            "every real window is a clip of its own: neighbours in time share slow drifts, which "
            "makes intervals too narrow and floors too low; --labels can say which belong together"
        )
    sd = np.empty((len(real), real.eeg.shape[1], 1), np.float32)
    for rows in table.groupby("subject").indices.values():
        sd[rows] = real.eeg[rows].std((0, 2))[:, None]
    material = Material(
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
    return material, told


def write(scores: dict[str, Any], folder: Path) -> Path:
    """Write metrics.json into a folder; returns its path."""
    path = folder / "metrics.json"
    write_json(path, json.loads(json.dumps(scores, sort_keys=True)))
    return path


def _common_rate(sides: Sequence[WindowSet], sfreq: float | None) -> float:
    """The one sampling rate of all, Hz."""
    rates = {of.name: of.sfreq for of in sides} | {"--sfreq": sfreq}
    said = {name: rate for name, rate in rates.items() if rate is not None}
    if not said:
        raise UserError(
            "sampling rate",
            expected="--sfreq, in Hz",
            found="arrays, which say none",
            next_step="add --sfreq",
        )
    if len(set(said.values())) > 1:
        raise UserError(
            sides[0].name,
            expected="one sampling rate",
            found=", ".join(f"{rate:g} Hz ({name})" for name, rate in said.items()),
            next_step="resample what differs, or correct --sfreq",
        )
    rate = next(iter(said.values()))
    least = 2 * max(high for _, high in BANDS.values())
    if not least <= rate < np.inf:
        raise UserError(
            "sampling rate",
            expected=f"{least:g} Hz or more, for bands up to {least / 2:g} Hz",
            found=f"{rate:g} Hz",
            next_step="correct it, or give windows of a higher rate",
        )
    return rate


def _taken_over(sides: Sequence[WindowSet], rate: float) -> Iterator[str]:
    """What a file does not say of itself, and where it comes from."""
    said = next((of.name for of in sides if of.sfreq is not None), None)
    for own in sides:
        if own.sfreq is None and said is not None:
            yield f"{own.name}: {rate:g} Hz, as {said} has"
        yield from (f"{own.name}: {note}" for note in own.notes)
    nameless = [of.name for of in sides if of.channels is None]
    if nameless:
        on = "both sides" if len(sides) == 2 else "all sides"
        yield f"channels stand in the same order on {on}: {', '.join(nameless)} names none"


def _alike(windows: WindowSet, like: WindowSet) -> WindowSet:
    """Windows with the channels of others, if they have their length too."""
    lengths = [of.eeg.shape[-1] for of in (like, windows)]
    if lengths[0] != lengths[1]:
        raise UserError(
            windows.name,
            expected=f"windows of {lengths[0]} samples, as {like.name} has",
            found=f"{lengths[1]} samples",
            next_step="cut both alike; --window-s says how recordings are cut",
        )
    return in_order(windows, like)


def _check_pairs(real: WindowSet, synthetic: WindowSet) -> None:
    if len(real) != len(synthetic):
        raise UserError(
            synthetic.name,
            expected=f"{len(real)} windows, one for each of {real.name}",
            found=str(len(synthetic)),
            next_step="leave --paired out, or give both the same windows",
        )


def _warnings(material: Material) -> Iterator[str]:
    real, synthetic = (np.median(x.std((1, 2))) for x in (material.real, material.generated))
    low, high = sorted((float(real), float(synthetic)))
    if high > _LARGEST_RATIO * low:
        yield (
            f"amplitudes of {real:.3g} (real) and {synthetic:.3g} uV (synthetic): is one of them "
            "in volts, normalised or flat?"
        )


def _keys(real: WindowSet, synthetic: WindowSet) -> list[str]:
    """Labels by which every synthetic window finds a real one of its kind."""
    return next(
        keys
        for keys in (["subject", "concept"], ["subject"], ["concept"], [])
        if set(keys) <= set(real.labels) & set(synthetic.labels)
        and set(_joint(synthetic, keys)) <= set(_joint(real, keys))
    )


def _joint(windows: WindowSet, keys: list[str]) -> "pd.Series[str]":
    """One name for what several labels say of a window, (n,)."""
    joint = pd.Series("", index=range(len(windows)))
    for key in keys:
        joint = joint + "/" + windows.labels[key].astype(str)
    return joint


def _spread(synthetic: "pd.Series[str]", real: "pd.Series[str]") -> NDArray[np.intp]:
    """For each synthetic window a real one of its group, (m,), in order and evenly spread."""
    groups, matched = real.groupby(real).indices, np.empty(len(synthetic), np.intp)
    for group, own in synthetic.groupby(synthetic).indices.items():
        rows = groups[group]
        matched[own] = rows[np.arange(len(own)) * len(rows) // len(own)]
    return matched
