"""The table of scores over phantoms."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.contracts.scores import section_scores
from videeg_pipe.contracts.scores.catalogue import SECTIONS
from videeg_pipe.runtime.files import atomic_path, read_json
from videeg_pipe.scoring.tables import mean_and_interval

_MEAN = "mean"  # in place of a seed
_KEYS = ["section", "score", "part"]
_VALUES = ["value", "low", "high", "floor", "ceiling"]


def tabulate_phantoms(metrics: Mapping[int, Path], *, table: Path) -> None:
    """Write the scores of several runs as CSV, one row per score and seed, then their means.

    Columns: `section` and `score`, keys of metrics.json; `part`, such as a band or a target of
    `utility`, empty for the score itself; `seed`; `value` with its interval `low`, `high` over
    clips, people or splits; `floor`; `ceiling`. In rows with the seed `mean`, `value`, `floor` and
    `ceiling` are means over seeds, and `low`, `high` are the 95 % t-interval over seeds. Unknown
    values are empty.

    Args:
        metrics: metrics.json of each run by its seed.
        table: Output.
    """
    rows = [
        {"section": section, "score": score, "part": part, "seed": seed, **_numbers(entry)}
        for seed, path in metrics.items()
        for section, score, part, entry in _entries(read_json(path))
    ]
    frame = pd.DataFrame(rows, columns=[*_KEYS, "seed", *_VALUES])
    numbers = frame.astype(dict.fromkeys(_VALUES, float))
    means = []
    for keys, group in numbers.groupby(_KEYS, sort=False):
        _, value, low, high = mean_and_interval(group["value"])
        means.append(
            {
                **dict(zip(_KEYS, keys, strict=True)),
                "seed": _MEAN,
                **{"value": value, "low": low, "high": high},
                **{name: group[name].mean() for name in ("floor", "ceiling")},
            }
        )
    with atomic_path(table) as temporary:
        pd.concat([numbers, pd.DataFrame(means)]).to_csv(temporary, index=False)


def _entries(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Yield section, score, part and entry of all scores of metrics.json, in catalogue order."""
    for section in SECTIONS:
        content = metrics.get(section, {})
        for spec in section_scores(section).values():
            if section == "utility":  # one entry per target
                targets = {name: of for name, of in content.items() if name != "definitions"}
                named = {name: of[spec.name] for name, of in targets.items() if spec.name in of}
            else:
                named = spec.entries(content[spec.name]) if spec.name in content else {}
            for part, entry in named.items():
                yield section, spec.name, part, entry


def _numbers(entry: Any) -> dict[str, float | None]:
    """Return the numbers of an entry; a plain number is its value."""
    if not isinstance(entry, Mapping):
        return {"value": entry}
    levels = {name: entry.get(name) for name in ("floor", "ceiling")}
    return {name: entry.get(name) for name in ("value", "low", "high")} | {
        name: level.get("value") if isinstance(level, Mapping) else level
        for name, level in levels.items()
    }
