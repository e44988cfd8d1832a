"""The error for problems that a user can correct."""

import shlex
from collections.abc import Sequence
from typing import Any


class UserError(Exception):
    """A problem that the person who runs the workflow can correct.

    The message is one line: the file or option, the expected value, the found value and the next
    step. It is shown without a traceback. `expected` and `found` are those parts of it. `passing`
    says that another attempt may succeed by itself: the network, not a file or an option.
    """

    def __init__(
        self, what: str, *, expected: str, found: str, next_step: str, passing: bool = False
    ) -> None:
        self.expected, self.found, self.passing = expected, found, passing
        parts = (what, f"expected {expected}", f"found {found}", next_step)
        super().__init__("; ".join(" ".join(str(part).split()) for part in parts))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the message and its parts, so that the error survives another process."""
        return UserError.__new__, (UserError, str(self)), self.__dict__


def listed(names: Sequence[str], most: int = 8) -> str:
    """Name the first `most` of many, such as channels, and count the others."""
    more = len(names) - most
    return ", ".join(names) if more < 2 else f"{', '.join(names[:most])} and {more} more"


def printable(line: str) -> str:
    """Write line breaks and other control characters, as a foreign file may hold, as escapes."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)


def make_again(*targets: str) -> str:
    """Return the advice to make files, or all files of rules, again."""
    return f"run the same command again with --forcerun {shlex.join(targets)} at its end"
