"""Subjects and files of a BIDS-EEG data set."""

import re
from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.subjects import chosen_subjects, did_you_mean, natural_order

_EEG = re.compile(r"sub-[A-Za-z0-9]+_.*_eeg\.(?:edf|bdf|vhdr|set)", re.IGNORECASE)
_SIDE_FILES = ("_channels.tsv", "_electrodes.tsv", "_coordsystem.json", "_events.tsv", ".vmrk")


def root(config: Config, results: str) -> Path:
    """Return the folder of the data set."""
    return Path(str(config.source.path))


def list_subjects(config: Config) -> list[str]:
    """List the subjects with recordings of the task, in natural order.

    Raises:
        UserError: as `eeg_files` does.
    """
    return list(eeg_files(config.source, config.bids))


def list_files(config: Config, results: str) -> list[str]:
    """List recordings with their side files, tables of the whole data set, and stimuli."""
    return _files(config)


def list_side_files(config: Config) -> list[str]:
    """List the files on channels, electrodes and bad segments beside the recordings."""
    return [path for path in _files(config) if path.endswith(_SIDE_FILES)]


def eeg_files(source: SourceOptions, bids: BidsOptions) -> dict[str, list[Path]]:
    """Find the EEG recordings of one task, by subject, in natural order.

    Raises:
        UserError: if there are none, if the task is unknown, or not given where there are several,
            or if a name in `source.subjects` is unknown.
    """
    folder = Path(str(source.path))
    if not folder.is_dir():
        raise UserError(
            str(folder),
            expected="a BIDS data set",
            found="no such folder",
            next_step="name its folder in source.path",
        )
    paths = [
        path
        for pattern in ("sub-*/eeg/*", "sub-*/ses-*/eeg/*")
        for path in folder.glob(pattern)
        if _EEG.fullmatch(path.name) and _task_of(path)
    ]
    if not paths:
        raise UserError(
            str(folder),
            expected="recordings sub-*/[ses-*/]eeg/*_task-*_eeg.{edf,bdf,vhdr,set}",
            found="none",
            next_step="check source.path, or convert the data with mne-bids",
        )
    task = _chosen_task(folder, bids, {_task_of(path) or "" for path in paths})
    files: dict[str, list[Path]] = {}
    for path in sorted(paths, key=natural_order):
        if _task_of(path) == task:
            files.setdefault(path.name.split("_")[0], []).append(path)
    return {name: files[name] for name in chosen_subjects(source, list(files), str(folder))}


def _files(config: Config) -> list[str]:
    folder = Path(str(config.source.path))
    shared = [path for pattern in ("*.json", "*.tsv") for path in folder.glob(pattern)]
    own = [
        path
        for subject in list_subjects(config)
        for pattern in ("eeg/*", "ses-*/eeg/*")
        for path in (folder / subject).glob(pattern)
    ]
    stimuli = (folder / config.bids.stimuli).rglob("*")
    return sorted({str(path) for path in (*shared, *own, *stimuli) if path.is_file()})


def _chosen_task(folder: Path, bids: BidsOptions, tasks: set[str]) -> str:
    if bids.task is None and len(tasks) == 1:
        return tasks.pop()
    if bids.task in tasks:
        return str(bids.task)
    raise UserError(
        "bids.task",
        expected=f"one of the tasks in {folder}: {', '.join(sorted(tasks))}",
        found="null" if bids.task is None else f"{bids.task}{did_you_mean(bids.task, tasks)}",
        next_step="name one of them in bids.task",
    )


def _task_of(path: Path) -> str | None:
    match = re.search(r"_task-([A-Za-z0-9]+)_", path.name)
    return match[1] if match else None
