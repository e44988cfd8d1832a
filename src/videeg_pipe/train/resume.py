"""The stored state of an interrupted training.

Every epoch seeds its random numbers (order of windows, noise, dropout) from the seed of the run and
the number of the epoch, so the state holds no random generator.
"""

import logging
import zlib
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch

from videeg_pipe.runtime.files import atomic_path

logger = logging.getLogger(__name__)

_DAMAGED = (
    *(BadZipFile, zlib.error, UnpicklingError),
    *(OSError, RuntimeError, ValueError, EOFError, KeyError, TypeError),
)


@dataclass(frozen=True)
class ResumeFile:
    """A file beside the outputs, valid for one configuration, one set of inputs and one code."""

    path: Path
    key: str  # SHA-256 over all that the training depends on

    def save(self, parts: dict[str, Any]) -> None:
        """Replace the stored state by `parts`, plain values and state dictionaries."""
        with atomic_path(self.path) as temporary:
            torch.save({"key": self.key} | parts, temporary)

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """Return the stored state; None if there is none, or it is damaged or of another key."""
        if not self.path.exists():
            return None
        try:
            with ZipFile(self.path) as archive:  # torch.load does not compare its checksums
                broken = archive.testzip()
            if broken is not None:
                raise BadZipFile(f"wrong checksum of {broken}")
            stored = torch.load(self.path, map_location=device, weights_only=True)
            return stored if stored["key"] == self.key else None
        except _DAMAGED as error:
            logger.warning("%s is damaged (%s): the training starts again", self.path, error)
            return None

    def discard(self) -> None:
        """Remove the state after the end of the training."""
        self.path.unlink(missing_ok=True)
