"""The one error that a user is meant to read."""

from typing import Any


class UserError(Exception):
    """Something the person running the workflow can put right.

    The message is one line and names the file or option, what was expected, what was found and
    the next step. It is shown without a traceback.
    """

    def __init__(self, what: str, *, expected: str, found: str, next_step: str) -> None:
        parts = (what, f"expected {expected}", f"found {found}", next_step)
        super().__init__("; ".join(" ".join(str(part).split()) for part in parts))

    def __reduce__(self) -> tuple[Any, ...]:
        """Come back from another process with the message alone."""
        return UserError.__new__, (UserError, str(self))
