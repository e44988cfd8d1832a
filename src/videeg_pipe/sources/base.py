"""Interface of a source: the functions of its three modules."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import mne
    import pandas as pd

    from videeg_pipe.config import Config
    from videeg_pipe.sources.survey import Survey


class Listing(Protocol):
    """Module `listing`: names only, for the Snakefile. It imports nothing heavy.

    All functions raise a UserError where the folder is missing or empty, or where an option names
    something that is not in it.
    """

    def root(self, config: "Config", results: str) -> Path:
        """Return the folder of the data set; a simulated one lies under the folder of results."""

    def list_subjects(self, config: "Config") -> list[str]:
        """List the subjects, narrowed by `source.subjects`, in natural order."""

    def list_recordings(self, config: "Config") -> list[tuple[str, int, int]]:
        """List (subject, session, block) per recording that shows a video.

        The split is checked against them before the first job.
        """

    def list_files(self, config: "Config", results: str) -> list[str]:
        """List the files of these subjects that exist or that a rule will make or download.

        They are the inputs of acquire. A missing file is left out: acquire names it.
        """

    def list_side_files(self, config: "Config") -> list[str]:
        """List the files that `reading` reads beside the recordings: inputs of preprocess."""


class Tables(Protocol):
    """Module `tables`: checks the source file by file and describes it."""

    def make_tables(
        self, config: Mapping[str, Any], root: Path, survey: "Survey | None" = None
    ) -> "dict[str, pd.DataFrame]":
        """Make the tables recordings, clips, videos, participants and findings.

        Their columns are those of `contracts.tables`.

        Args:
            config: `path`, `subjects` and `units` of `source`, and the source's own section.
            root: Folder of the data set.
            survey: Given by `videeg check`, never for a simulated source, which may leave it out.

        Raises:
            UserError: naming the first file that is missing or not as expected.
        """


class Reading(Protocol):
    """Module `reading`: reads single recordings."""

    def load_recording(self, row: Any) -> "mne.io.RawArray":
        """Read one recording.

        Args:
            row: One row of the `recordings` table.

        Returns:
            Only EEG channels, in volts, with electrode positions; known bad channels are in
            `info["bads"]`.

        Raises:
            UserError: if the file is missing, broken, or not as in the table.
        """

    def load_truth(self, row: Any, raw: "mne.io.RawArray") -> "mne.io.RawArray | None":
        """Read the true evoked part of a recording, in volts, or None where it is unknown.

        Args:
            row: One row of the `recordings` table.
            raw: The recording, whose channels, positions and bad channels the truth shares.
        """
