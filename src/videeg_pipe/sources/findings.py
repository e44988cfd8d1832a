"""Odd things about a source's files that did not stop the run."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was done about one oddity of a file."""

    file: str
    action: Literal["repaired", "skipped", "assumed"]
    what: str  # one plain sentence, with numbers
