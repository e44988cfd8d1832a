"""Subjects and files of the phantom; the workflow makes the files."""

from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.sources.subjects import chosen_subjects


def root(config: Config, results: str) -> Path:
    """Return the folder of the simulated data set."""
    return Path(results, "phantom")


def list_subjects(config: Config) -> list[str]:
    """List the simulated people, narrowed by `source.subjects`.

    Raises:
        UserError: if a name in `source.subjects` is unknown.
    """
    return simulated_subjects(config.source, config.phantom.n_subjects)


def list_recordings(config: Config) -> list[tuple[str, int, int]]:
    """List (subject, session, block) per recording."""
    blocks = range(1, config.phantom.layout.n_blocks + 1)
    return [(subject, 1, block) for subject in list_subjects(config) for block in blocks]


def list_files(config: Config, results: str) -> list[str]:
    """List the outputs of the rules phantom_videos and phantom_eeg."""
    folder = root(config, results)
    eeg = [
        folder / part / f"{subject}.npy"
        for part in ("EEG", "truth")
        for subject in list_subjects(config)
    ]
    return [str(path) for path in (folder / "videos.json", *eeg)]


def list_side_files(config: Config) -> list[str]:
    """Return nothing: an array has no side files."""
    return []


def simulated_subjects(source: SourceOptions, n_subjects: int) -> list[str]:
    """Name the simulated people, narrowed by `source.subjects`."""
    names = [f"sub{number + 1}" for number in range(n_subjects)]
    return chosen_subjects(source, names, "the phantom")
