"""The project's evaluation for anybody's EEG: synthetic windows against real ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.contracts.files import write_json
from videeg_pipe.validate.metrics import c2st, fidelity, paper
from videeg_pipe.validate.metrics.material import Material
from videeg_pipe.validate.reading import Windows, in_order

Protocol = Literal["generation", "reconstruction"]

_BOOTSTRAP = 1000
_MOST_WINDOWS = 1000
"""Of either side: more add minutes, and hardly a digit."""
_LARGEST_RATIO = 1000.0
"""Between the amplitudes of two sets of EEG in the same unit; volts and uV differ by 1e6."""


def evaluate(
    real: Windows,
    synthetic: Windows,
    *,
    sfreq: float | None = None,
    paired: Protocol | None = None,
    seed: int = 42,
) -> dict[str, Any]:
    """Score synthetic windows against real ones.

    Args:
        real: n windows.
        synthetic: m windows.
        sfreq: Hz, where neither says it.
        paired: The protocol by which the i-th synthetic window was made for the i-th real one;
            None where no window was made for another.
        seed: Seed of splits, classifiers and bootstrap.

    Returns:
        What goes into metrics.json: what was compared, `assumptions`, `warnings`, the section
        `fidelity` with `c2st`, and of paired windows `paper` with its protocol.

    Raises:
        UserError: if the two differ in rate, channels or length.
    """
    rate = _common_rate(real, synthetic, sfreq)
    taken = list(_taken_over(real, synthetic, rate))
    synthetic = in_order(synthetic, real)
    _check_lengths(real, synthetic, paired is not None)
    facts = {
        name: {"path": of.name, "n_windows": len(of), "labels": list(of.labels.columns)}
        for name, of in (("real", real), ("synthetic", synthetic))
    }
    assumptions, sides = taken, []
    for of in (real, synthetic):
        if len(of) > _MOST_WINDOWS:
            assumptions.append(f"{of.name}: {_MOST_WINDOWS} of {len(of)} windows, evenly spread")
            of = of.take(np.arange(_MOST_WINDOWS) * len(of) // _MOST_WINDOWS)
        sides.append(of)
    real, synthetic = sides
    material, told = as_material(real, synthetic, rate, paired=paired is not None)
    like, _ = fidelity.score(material, seed)
    rows, first = np.unique(material.matched, return_index=True)  # a real window stands once
    like["c2st"] = c2st.score(
        material.generated[first] / material.scale[rows],
        material.normalised,
        material.windows,
        rows,
        sfreq=rate,
        bootstrap=_BOOTSTRAP,
        seed=seed,
    )
    like["definitions"] = like["definitions"] | c2st.DEFINITIONS
    scores = {
        **facts,
        "n_channels": len(material.channels) or material.real.shape[1],
        "sfreq": rate,
        "window_s": material.real.shape[-1] / rate,
        "seed": seed,
        "assumptions": assumptions + told,
        "warnings": list(_warnings(material)),
        "fidelity": like,
    }
    if paired is not None:
        scores["paper"] = {"protocol": paired} | paper.score(material, seed)
    return scores


def as_material(
    real: Windows, synthetic: Windows, sfreq: float, *, paired: bool
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
    table = pd.DataFrame(
        {
            "subject": real.labels["subject"] if "subject" in keys else "all",
            "clip_id": _joint(real, ["subject"] if "subject" in real.labels else []) + "/" + clips,
            "video_id": clips,  # whoever saw it
            "video_time_s": 0.0,
            "recording_id": "real",
            "start_sample": np.arange(len(real)),
        }
    )
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


def lines(scores: dict[str, Any]) -> Iterator[str]:
    """A short table of the scores, line by line."""
    for name in ("real", "synthetic"):
        yield f"{name:10} {scores[name]['path']}, {scores[name]['n_windows']} windows"
    yield (
        f"{scores['n_channels']} channels, windows of {scores['window_s']:g} s at "
        f"{scores['sfreq']:g} Hz"
    )
    yield from (f"assumed: {text}" for text in scores["assumptions"])
    yield from (f"warning: {text}" for text in scores["warnings"])
    like = scores["fidelity"]
    yield ""
    yield _row("fidelity", "value", "real/real", "white noise", "ideal")
    named = {f"band power ratio, {band}": like["band_power_ratio"][band] for band in BANDS}
    named |= {
        name.replace("_", " "): like[name]
        for name in ("psd_distance", "covariance_error", "autocorrelation_error")
    }
    for name, entry in named.items():
        floor = (entry["floor"] or {}).get("value")
        yield _row(name, entry["value"], floor, entry["white_noise"], entry["ideal"])
    told = like["c2st"]
    yield _row("c2st, the worst of", told["value"], (told["floor"] or {}).get("value"), "", 0.5)
    for name, entry in told.get("classifiers", {}).items():
        floor = entry.get("floor", {}).get("value")
        yield _row("  " + name.replace("_", ", "), entry["value"], floor, "", 0.5)
    if told["value"] is None:
        yield f"  {told['reason']}"
    if "paper" in scores:
        yield ""
        yield _row(f"paired, {scores['paper']['protocol']}", "value", "other real window")
        for name in paper.MEASURES:
            entry = scores["paper"][name]
            yield _row(name.replace("_", " "), entry["value"], entry.get("other_window"))


def _row(name: str, *cells: Any) -> str:
    shown = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
    shown = ("-" if cell == "None" else cell for cell in shown)
    return (f"{name:30}" + "".join(f"{cell:>12}" for cell in shown)).rstrip()


def _common_rate(real: Windows, synthetic: Windows, sfreq: float | None) -> float:
    """The one sampling rate of both, Hz."""
    rates = {of.name: of.sfreq for of in (real, synthetic)} | {"--sfreq": sfreq}
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
            real.name,
            expected="one sampling rate",
            found=", ".join(f"{rate:g} Hz ({name})" for name, rate in said.items()),
            next_step="resample one of the two, or correct --sfreq",
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


def _taken_over(real: Windows, synthetic: Windows, rate: float) -> Iterator[str]:
    """What a file does not say of itself, and where it comes from."""
    sides = ((real, synthetic), (synthetic, real))
    for own, other in sides:
        if own.sfreq is None and other.sfreq is not None:
            yield f"{own.name}: {rate:g} Hz, as {other.name} has"
        yield from (f"{own.name}: {note}" for note in own.notes)
    nameless = [of.name for of in (real, synthetic) if of.channels is None]
    if nameless:
        yield f"channels stand in the same order on both sides: {', '.join(nameless)} names none"


def _check_lengths(real: Windows, synthetic: Windows, paired: bool) -> None:
    lengths = [of.eeg.shape[-1] for of in (real, synthetic)]
    if lengths[0] != lengths[1]:
        raise UserError(
            synthetic.name,
            expected=f"windows of {lengths[0]} samples, as {real.name} has",
            found=f"{lengths[1]} samples",
            next_step="cut both alike; --window-s says how recordings are cut",
        )
    if paired and len(real) != len(synthetic):
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


def _keys(real: Windows, synthetic: Windows) -> list[str]:
    """Labels by which every synthetic window finds a real one of its kind."""
    return next(
        keys
        for keys in (["subject", "concept"], ["subject"], ["concept"], [])
        if set(keys) <= set(real.labels) & set(synthetic.labels)
        and set(_joint(synthetic, keys)) <= set(_joint(real, keys))
    )


def _joint(windows: Windows, keys: list[str]) -> "pd.Series[str]":
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
