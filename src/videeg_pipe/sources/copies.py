"""Copies: the same file under two names, which would count as two people, runs or videos."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

_FIRST = 128  # first sample of the first part; each further one lies twice as late
_LENGTH = 64  # samples
_EQUAL = 0.99  # correlation that rounding to a file's resolution leaves


def check_copies(contents: Mapping[str, str], what: str = "recording") -> None:
    """Check that no two files have the same content.

    Args:
        contents: File to checksum of its content.
        what: What the files are, in an error.

    Raises:
        UserError: naming the first two files with the same checksum.
    """
    first: dict[str, str] = {}
    for file, checksum in contents.items():
        if checksum in first:
            raise _copy(file, first[checksum], what)
        first[checksum] = file


class Excerpts:
    """Short parts of recordings, which tell copies apart from recordings of their own.

    A copy in another format, type or unit has other bytes, but the same course of the signal. The
    parts lie at the same samples of each recording, and each is compared by the correlation of its
    changes from sample to sample, which no offset, drift or scale affects.
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[NDArray[np.float64] | None]] = {}

    def check(
        self, file: str, read: Callable[[int, int], NDArray[np.floating]], n_samples: int
    ) -> None:
        """Check that a recording is not the copy of an earlier one.

        Args:
            file: Its name in an error.
            read: Reads samples from a start to a stop, (C, stop - start), in any unit.
            n_samples: Its length.

        Raises:
            UserError: if all parts correlate with those of an earlier recording.
        """
        parts = []
        start = _FIRST
        while start + _LENGTH <= n_samples:
            parts.append(_changes(read(start, start + _LENGTH)))
            start *= 2
        for other, known in self._parts.items():
            pairs = [
                float((one * two).sum())
                for one, two in zip(parts, known, strict=False)
                if one is not None and two is not None and one.shape == two.shape
            ]
            if pairs and min(pairs) > _EQUAL:
                raise _copy(file, other, "recording")
        self._parts[file] = parts


def _copy(file: str, of: str, what: str) -> UserError:
    return UserError(
        file,
        expected=f"a {what} of its own",
        found=f"the content of {of}",
        next_step=f"replace the copy by the right {what}, or remove it",
    )


def _changes(samples: NDArray[np.floating]) -> NDArray[np.float64] | None:
    """Return the changes from sample to sample, of norm 1; None for silence."""
    changes = np.diff(np.asarray(samples, np.float64), axis=1)
    norm = float(np.linalg.norm(changes))
    return changes / norm if norm > 0 else None
