"""One row of `videeg doctor`."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    name: str
    state: State
    """`missing` makes commands or runs fail; `note` is optional, or advice."""
    found: str
    next_step: str = ""
    """Command to enter as it stands, perhaps with a comment."""
