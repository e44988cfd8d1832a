"""Members that the `split` section holds out; for the Snakefile too, so it is light."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from videeg_pipe.config.split import SplitOptions


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
