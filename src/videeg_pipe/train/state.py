"""What an interrupted training goes on from.

Every epoch seeds its random numbers (order of windows, noise, dropout) from the run's seed and its
own number, so the state at the end of an epoch needs no state of a random generator.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from videeg_pipe.runtime.files import atomic_path


@dataclass(frozen=True)
class ResumeFile:
    """One file beside the outputs, valid for one configuration on one set of inputs."""

    path: Path
    key: str  # SHA-256 of everything that the training depends on

    def save(self, parts: dict[str, Any]) -> None:
        """Replace the stored state by `parts`: plain values and state dictionaries."""
        with atomic_path(self.path) as temporary:
            torch.save({"key": self.key} | parts, temporary)

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """The stored state, or None where there is none, or one of another training."""
        if not self.path.exists():
            return None
        stored = torch.load(self.path, map_location=device, weights_only=True)
        return stored if stored["key"] == self.key else None

    def discard(self) -> None:
        """Remove the state: the training is done."""
        self.path.unlink(missing_ok=True)
