"""The scores of `videeg evaluate` as a short table."""

from collections.abc import Iterator, Mapping
from typing import Any

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.scoring import paper
from videeg_pipe.scoring.utility import transfer as utility


def lines(scores: Mapping[str, Any]) -> Iterator[str]:
    """A short table of the scores, line by line."""
    for name in ("real", "synthetic", "training"):
        if name in scores:
            yield f"{name:10} {scores[name]['path']}, {scores[name]['n_windows']} windows"
    yield (
        f"{scores['n_channels']} channels, windows of {scores['window_s']:g} s at "
        f"{scores['sfreq']:g} Hz"
    )
    yield from (f"assumed: {text}" for text in scores["assumptions"])
    yield from (f"warning: {text}" for text in scores["warnings"])
    yield ""
    yield from _fidelity(scores["fidelity"])
    if "utility" in scores:
        yield ""
        yield from _utility(scores["utility"])
        yield ""
        yield from _privacy(scores["privacy"])
    if "paper" in scores:
        yield ""
        yield _row(f"paired, {scores['paper']['protocol']}", "value", "other real window")
        for name in paper.MEASURES:
            entry = scores["paper"][name]
            yield _row(name.replace("_", " "), entry["value"], entry.get("other_window"))


def _fidelity(like: Mapping[str, Any]) -> Iterator[str]:
    yield _row("fidelity", "value", "real/real", "white noise", "ideal")
    named = {f"band power ratio, {band}": like["band_power_ratio"][band] for band in BANDS}
    named |= {
        name.replace("_", " "): like[name]
        for name in ("psd_distance", "covariance_error", "autocorrelation_error", "eeg_fid")
        if name in like
    }
    for name, entry in named.items():
        yield _row(name, entry["value"], _floor(entry), entry.get("white_noise"), entry["ideal"])
        if name == "eeg fid":
            yield from _reason(entry)
    told = like["c2st"]
    yield _row("c2st, the worst of", told["value"], _floor(told), "", 0.5)
    for name, entry in told.get("classifiers", {}).items():
        yield _row("  " + name.replace("_", ", "), entry["value"], _floor(entry), "", 0.5)
    if told["value"] is None:
        yield f"  {told['reason']}"


def _utility(taught: Mapping[str, Any]) -> Iterator[str]:
    for target in utility.TARGETS:
        entry = taught[target]
        if "reason" in entry:
            yield f"utility, {target}: {entry['reason']}"
            continue
        yield _row(f"utility, {target}", "trtr", "tstr", "augmented", "chance")
        for name, of in entry["decoders"].items():
            yield _row(
                f"  {name}", of["trtr"], of["tstr"], of.get("augmented", ""), entry["chance"]
            )


def _privacy(audit: Mapping[str, Any]) -> Iterator[str]:
    yield _row("privacy", "value", "chance", "real", "ideal")
    for name in ("copy_ratio", "copied_share"):
        yield _row(name.replace("_", " "), audit[name]["value"], "", "", audit[name].get("ideal"))
        yield from _reason(audit[name])
    entry = audit["linkage"]
    ceiling = entry.get("ceiling", {}).get("value")
    yield _row("linkage", entry["value"], entry.get("chance"), ceiling, "")
    yield from _reason(entry)


def _reason(entry: Mapping[str, Any]) -> Iterator[str]:
    if entry["value"] is None:
        yield f"  {entry['reason']}"


def _floor(entry: Mapping[str, Any]) -> float | None:
    return (entry.get("floor") or {}).get("value")


def _row(name: str, *cells: Any) -> str:
    shown = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
    shown = ("-" if cell == "None" else cell for cell in shown)
    return (f"{name:30}" + "".join(f"{cell:>12}" for cell in shown)).rstrip()
