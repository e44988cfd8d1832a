"""The error for problems that a user can correct."""

from collections.abc import Sequence
from typing import Any

_LISTED = 8


class UserError(Exception):
    """A problem that the person who runs the workflow can correct.

    The message is one line: the file or option, the expected value, the found value and the next
    step. It is shown without a traceback.
    """

    def __init__(self, what: str, *, expected: str, found: str, next_step: str) -> None:
        parts = (what, f"expected {expected}", f"found {found}", next_step)
        super().__init__("; ".join(" ".join(str(part).split()) for part in parts))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the message alone, so that the error survives another process."""
        return UserError.__new__, (UserError, str(self))


def listed(names: Sequence[str]) -> str:
    """Name the first few of many, such as channels, and count the others."""
    more = len(names) - _LISTED
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_LISTED])} and {more} more"
