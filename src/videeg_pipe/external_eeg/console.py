"""The scores of `videeg evaluate` as a short table.

Rows and their order come from the score catalogue; a score is named by its key in metrics.json.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, section_scores
from videeg_pipe.scoring.utility.transfer import TARGETS

_COLUMNS = {
    "fidelity": {"value": "value", "floor": "real/real", "white_noise": "white noise",
                 "ideal": "ideal"},
    "privacy": {"value": "value", "chance": "chance", "ceiling": "real", "ideal": "ideal"},
    "paper": {"value": "value", "other_window": "other real"},
}  # fmt: skip
"""Fields of an entry that each section shows, and their headings."""


def lines(scores: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table line by line."""
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
    yield from _section("fidelity", "fidelity", scores["fidelity"])
    if "utility" in scores:
        yield ""
        yield from _utility(scores["utility"])
        yield ""
        yield from _section("privacy", "privacy", scores["privacy"])
    if "paper" in scores:
        yield ""
        yield from _section("paper", f"paired, {scores['paper']['protocol']}", scores["paper"])


def _section(section: str, title: str, entries: Mapping[str, Any]) -> Iterator[str]:
    columns = _COLUMNS[section]
    yield _row(title, *columns.values())
    for spec in section_scores(section).values():
        if spec.name in entries:
            yield from _score(spec, entries[spec.name], list(columns))


def _score(spec: ScoreSpec, entry: Mapping[str, Any], fields: list[str]) -> Iterator[str]:
    """The row of a score and those of its parts, such as bands or classifiers."""
    name = spec.name.replace("_", " ")
    unit = "" if spec.unit in ("1", "count") else f" ({spec.unit})"
    if spec.parts and not spec.parts_key:
        for part in spec.parts:
            yield _row(f"{name}, {part}", *(_cell(entry[part], field) for field in fields))
        return
    yield _row(name + unit, *(_cell(entry, field) for field in fields))
    if entry["value"] is None:
        yield f"  {entry['reason']}"
    for part, own in entry.get(spec.parts_key, {}).items():
        cells = (_cell({"ideal": entry.get("ideal"), **own}, field) for field in fields)
        yield _row("  " + part.replace("_", ", "), *cells)


def _utility(section: Mapping[str, Any]) -> Iterator[str]:
    for target in TARGETS:
        entry = section[target]
        if "reason" in entry:
            yield f"utility, {target}: {entry['reason']}"
            continue
        decoders = entry["decoders"]
        names = [
            name
            for name in section_scores("utility")
            if any(name in decoder for decoder in decoders.values())
        ]
        yield _row(f"utility, {target}", *names, "chance")
        for decoder, scores in decoders.items():
            yield _row(f"  {decoder}", *(scores.get(name, "") for name in names), entry["chance"])


def _cell(entry: Mapping[str, Any], field: str) -> Any:
    """A field of an entry; the value, where the field is a score itself. Blank if absent."""
    cell = entry.get(field, "")
    return cell.get("value") if isinstance(cell, Mapping) else cell


def _row(name: str, *cells: Any) -> str:
    shown = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
    shown = ("-" if cell == "None" else cell for cell in shown)
    return (f"{name:30}" + "".join(f"{cell:>12}" for cell in shown)).rstrip()
