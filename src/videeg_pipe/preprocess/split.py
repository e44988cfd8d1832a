"""Splits of windows. The Snakefile checks them by names before any job, so it is light."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from videeg_pipe.config.split import SplitOptions
from videeg_pipe.runtime.errors import UserError

Place = tuple[str, int, int]
"""Subject, session and block of a recording. BIDS calls a block a run."""


def held_out(
    split: SplitOptions, part: Literal["validation", "test"], groups: Iterable[Any]
) -> list[Any]:
    """Return the runs, sessions, blocks or subjects of one part.

    Args:
        split: The section `split`.
        part: Which of the two parts.
        groups: All of them in the data, in any order and with repetitions. Negative numbers count
            from the end of their sorted list; one beyond its start stays as it is.
    """
    known = sorted(set(groups))
    members: Sequence[int | str] = split.validation if part == "validation" else split.test
    return [known[m] if isinstance(m, int) and -len(known) <= m < 0 else m for m in members]


def assign_splits(places: Sequence[Place], split: SplitOptions) -> list[str]:
    """Return the split of each window or recording.

    Args:
        places: Where each was recorded.
        split: The section `split`.

    Raises:
        UserError: if `split` names unknown members, or leaves no training windows.
    """
    columns = {"subject": 0, "session": 1, "run": 2, "block": 2}
    groups = [place[columns[split.by]] for place in places]
    counts = {name: len({place[columns[name]] for place in places}) for name in list(columns)[:3]}
    parts: dict[str, set[Any]] = {}
    for name in ("validation", "test"):
        parts[name] = set(held_out(split, name, groups))
        unknown = parts[name] - set(groups)
        if unknown:
            raise UserError(
                f"split.{name}",
                expected=f"{split.by}s with windows: {_listed(groups)}",
                found=_listed(unknown),
                next_step=f"correct split.{name} or split.by; the data have "
                + ", ".join(f"{n} {of}s" for of, n in counts.items()),
            )
    both = parts["validation"] & parts["test"]
    if both:
        raise UserError(
            "split.test",
            expected=f"{split.by}s that are not in split.validation",
            found=_listed(both),
            next_step="name each of them once; negative numbers count from the end",
        )
    if not set(groups) - parts["validation"] - parts["test"]:
        needed = 2 + bool(parts["validation"])
        enough = [f"{name} ({n})" for name, n in counts.items() if n >= needed]
        advice = (
            "add recordings: at least three people, sessions or runs are needed, or two with "
            "split.validation: [] and release.fractions: [0.7, 0, 0.3]"
        )
        if len(set(groups)) >= needed:
            advice = f"name fewer {split.by}s in split.validation and split.test"
        elif enough:
            advice = f"set split.by to {' or '.join(enough)}"
        raise UserError(
            f"split by {split.by}",
            expected="windows in the training split",
            found=f"none in train; the {split.by}s are {_listed(groups)}",
            next_step=advice,
        )
    of = {member: name for name, members in parts.items() for member in members}
    return [of.get(group, "train") for group in groups]


def _listed(groups: Iterable[Any]) -> str:
    return ", ".join(map(str, sorted(set(groups), key=lambda m: (isinstance(m, str), m))))
