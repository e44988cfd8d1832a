"""Tables of docs/evaluation.md, generated between `<!-- scores: x -->` and `<!-- end -->`.

x is a section, `trials` for tables of trials, or `people` for people.csv.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from videeg_pipe.contracts.scores.catalogue import SECTIONS, TERMS
from videeg_pipe.contracts.scores.lookup import people_scores, section_scores, trial_scores
from videeg_pipe.contracts.scores.spec import ScoreSpec

EVALUATION_MD = Path("docs", "evaluation.md")
_MARKED = re.compile(r"(<!-- scores: (\w+) -->\n).*?(<!-- end -->)", re.S)


def generated(root: Path) -> dict[Path, str]:
    """Return the text of docs/evaluation.md with current tables, by its path under `root`.

    Empty if there is no such page.
    """
    if not (root / EVALUATION_MD).is_file():
        return {}
    text = (root / EVALUATION_MD).read_text(encoding="utf-8")
    return {EVALUATION_MD: _MARKED.sub(lambda found: found[1] + table(found[2]) + found[3], text)}


def table(name: str) -> str:
    """Return the table of one marker in Markdown."""
    if name == "people":
        lines = _by_section(people_scores())
    elif name == "trials":
        lines = _by_section(trial_scores())
    else:
        lines = _section(name)
    return "\n".join(["", *lines, "", ""])


def _section(name: str) -> Iterator[str]:
    specs = list(section_scores(name).values())
    columns: dict[str, Callable[[ScoreSpec], str]] = {
        "score": _key,
        "definition": lambda spec: _escaped(spec.definition),
        "unit": _unit,
        "better": _better,
        "floor or baseline": lambda spec: spec.floor,
        "ceiling": lambda spec: spec.ceiling,
        "source": lambda spec: re.sub(r"^ours", "**ours**", spec.source),
        "caution": lambda spec: spec.limits,
    }
    cells = {head: [cell(spec) for spec in specs] for head, cell in columns.items()}
    filled = {head: column for head, column in cells.items() if set(column) - {"", "1"}}
    yield from _grid(list(filled), list(zip(*filled.values(), strict=True)))
    if name in TERMS:
        yield ""
        terms = [(f"`{term.name}`", _escaped(term.definition)) for term in TERMS[name]]
        yield from _grid(["other field", "meaning"], terms)


def _by_section(scores: Mapping[str, ScoreSpec]) -> Iterator[str]:
    """Rows of a table with scores of several sections: names, then where they are defined."""
    rows = []
    for section in SECTIONS:
        own = {name: spec for name, spec in scores.items() if spec.section == section}
        if section == "trials":
            rows += [
                (f"`{name}`", _escaped(spec.definition), _unit(spec), _better(spec), spec.limits)
                for name, spec in own.items()
            ]
        elif own:
            names = ", ".join(f"`{name}`" for name in own)
            rows.append((names, f"see section `{section}`", "", "", ""))
    yield from _grid(["score", "definition", "unit", "better", "caution"], rows)


def _key(spec: ScoreSpec) -> str:
    parts = ", ".join(f"`{part}`" for part in spec.parts)
    return f"`{spec.name}`" + (f": {parts}" if parts else "")


def _unit(spec: ScoreSpec) -> str:
    return "" if spec.unit == "count" else spec.unit


def _better(spec: ScoreSpec) -> str:
    arrow = {"larger": "↑", "smaller": "↓", "ideal": "→", "none": ""}[spec.direction]
    ideal = f"`{spec.ideal}`" if isinstance(spec.ideal, str) else spec.ideal
    return arrow if ideal is None else f"{arrow} {ideal}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"
