"""A look at the headers and tables of a source, before anything long runs."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array
from videeg_pipe.sources.copies import check_copies

LOOK_S = 5.0
"""Part of a recording that is compared with others of equal size and header."""

Samples = Callable[[], NDArray[np.floating]]


@dataclass
class Survey:
    """Collects what a look at headers and tables finds beside the tables of a source.

    With a survey, `make_tables` goes on after a refused file. It reads samples only to compare
    files that could be copies and, of SEED-DV's arrays, to find their unit.
    """

    refused: list[str] = field(default_factory=list)
    """Errors of single files."""
    segments: dict[str, mne.Annotations] = field(default_factory=dict)
    """Recording to its pauses, breaks and bad segments."""
    electrodes: dict[str, tuple[list[str], list[list[float]]]] = field(default_factory=dict)
    """Recording to its channels and their positions, (C, 3), metres."""
    _alike: dict[Hashable, list[tuple[str, Samples]]] = field(default_factory=dict)
    _contents: dict[str, str] = field(default_factory=dict)

    def check_copy(self, file: str, header: Hashable, samples: Samples) -> None:
        """Compare a part of a recording with earlier ones whose size and header are equal.

        Args:
            file: The recording.
            header: Its size and header.
            samples: Reads the part; called only where another recording has an equal header.

        Raises:
            UserError: if it is a copy.
        """
        alike = self._alike.setdefault(header, [])
        alike.append((file, samples))
        for name, read in alike if len(alike) > 1 else ():
            if name not in self._contents:
                part = read()
                if np.ptp(part):  # silence may be equal by chance
                    self._contents[name] = sha256_array(part)
        try:
            check_copies(self._contents)
        except UserError:
            alike.pop()  # every copy is named once
            self._contents.pop(file)
            raise

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect the error of one file."""
        try:
            yield
        except UserError as error:
            self.refused.append(str(error))


def per_file(survey: Survey | None) -> AbstractContextManager[None]:
    """Return a context in which a survey collects the error of a file; without one it is raised."""
    return nullcontext() if survey is None else survey.collecting()
