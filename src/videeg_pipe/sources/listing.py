"""Which subjects and files there are: read while the Snakefile is parsed, so names alone."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError

LABELS_NPY = "All_video_label.npy"
EMOTIONS_NPY = "All_video_emotion.npy"
"""Not in SEED-DV itself, read where it is: -1, 0 or 1 for each concept shown."""

_SEED_DV_EEG = re.compile(r"(?P<subject>sub\d+)(?:_session(?P<session>\d+))?\.npy")
_BIDS_EEG = re.compile(r"sub-[A-Za-z0-9]+_.*_eeg\.(?:edf|bdf|vhdr|set)", re.IGNORECASE)
_SEED_DV_ACCESS = (
    "name the folder in source.path; SEED-DV is had by sending its signed licence form with an "
    "application to BCMI (SJTU), then a link comes by mail: put it into source.urls"
)


def list_subjects(config: Config) -> list[str]:
    """Subjects of the source, narrowed by `source.subjects`, in natural order.

    Raises:
        UserError: if the folder is missing or empty, or a name in `source.subjects` unknown.
    """
    source = config.source
    if source.kind == "phantom":
        return phantom_subjects(source, config.phantom.n_subjects)
    if source.kind == "seed-dv":
        return list(seed_dv_files(source, config.seed_dv, source.urls))
    return list(bids_files(source, config.bids))


def list_files(config: Config) -> list[str]:
    """Raw files of these subjects that exist or are going to be downloaded.

    A rule that takes them as input runs again when one of them changes. What is missing is left
    for acquire to name.
    """
    source = config.source
    if source.kind == "phantom":
        return []
    if source.kind == "seed-dv":
        files = _seed_dv_inputs(source, config.seed_dv)
    else:
        files = _bids_inputs(source, config.bids)
    downloads = {Path(f"{source.path}/{name}"): f"{source.path}/{name}" for name in source.urls}
    there = {str(path) for path in files if path.is_file() and path not in downloads}
    return sorted(there | set(downloads.values()))


def phantom_subjects(source: SourceOptions, n_subjects: int) -> list[str]:
    """Simulated people, narrowed by `source.subjects`."""
    return _narrowed(source, [f"sub{number + 1}" for number in range(n_subjects)], "the phantom")


def seed_dv_files(
    source: SourceOptions, seed_dv: SeedDvOptions, downloads: Iterable[str] = ()
) -> dict[str, dict[int, Path]]:
    """EEG files of SEED-DV: subject to session to file, in natural order.

    Args:
        source: `path` and `subjects` are read.
        seed_dv: `eeg` is read.
        downloads: Files under `source.path` that count as there: they are still to come.

    Raises:
        UserError: if there are none, or a name in `source.subjects` is unknown.
    """
    root = Path(str(source.path))
    folder = root / seed_dv.eeg
    paths = {root / name for name in downloads}
    if folder.is_dir():
        paths |= set(folder.iterdir())
    elif not paths:
        raise UserError(
            str(folder),
            expected="SEED-DV's folder of sub1.npy, sub2.npy, ...",
            found="no such folder",
            next_step=_SEED_DV_ACCESS,
        )
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(paths, key=_natural):
        match = _SEED_DV_EEG.fullmatch(path.name)
        if not match or path.parent != folder:
            continue
        sessions = found.setdefault(match["subject"], {})
        session = int(match["session"] or 1)
        if session in sessions:
            raise UserError(
                str(folder),
                expected=f"one file of session {session} of {match['subject']}",
                found=f"{sessions[session].name} and {path.name}",
                next_step="move one of them away",
            )
        sessions[session] = path
    if not found:
        raise UserError(
            str(folder),
            expected="EEG files sub1.npy, sub2.npy, ...",
            found="none of that name",
            next_step=f"check seed_dv.eeg; or {_SEED_DV_ACCESS}",
        )
    return {name: found[name] for name in _narrowed(source, list(found), str(folder))}


def bids_files(source: SourceOptions, bids: BidsOptions) -> dict[str, list[Path]]:
    """EEG recordings of one task of a BIDS data set, by subject, in natural order.

    Raises:
        UserError: if there are none, the task is unknown or not given where there are several, or
            a name in `source.subjects` is unknown.
    """
    root = Path(str(source.path))
    if not root.is_dir():
        raise UserError(
            str(root),
            expected="a BIDS data set",
            found="no such folder",
            next_step="name its folder in source.path",
        )
    paths = [
        path
        for pattern in ("sub-*/eeg/*", "sub-*/ses-*/eeg/*")
        for path in root.glob(pattern)
        if _BIDS_EEG.fullmatch(path.name) and _entity(path, "task")
    ]
    if not paths:
        raise UserError(
            str(root),
            expected="recordings sub-*/[ses-*/]eeg/*_task-*_eeg.{edf,bdf,vhdr,set}",
            found="none",
            next_step="check source.path, or convert the data with mne-bids",
        )
    task = _task(root, bids, {_entity(path, "task") or "" for path in paths})
    found: dict[str, list[Path]] = {}
    for path in sorted(paths, key=_natural):
        if _entity(path, "task") == task:
            found.setdefault(path.name.split("_")[0], []).append(path)
    return {name: found[name] for name in _narrowed(source, list(found), str(root))}


def _task(root: Path, bids: BidsOptions, tasks: set[str]) -> str:
    if bids.task is None and len(tasks) == 1:
        return tasks.pop()
    if bids.task in tasks:
        return str(bids.task)
    raise UserError(
        "bids.task",
        expected=f"one of the tasks in {root}: {', '.join(sorted(tasks))}",
        found="null" if bids.task is None else f"{bids.task}{_did_you_mean(bids.task, tasks)}",
        next_step="name one of them in bids.task",
    )


def _narrowed(source: SourceOptions, subjects: list[str], where: str) -> list[str]:
    if source.subjects is None:
        return subjects
    unknown = [name for name in source.subjects if name not in subjects]
    if unknown:
        raise UserError(
            "source.subjects",
            expected=f"people with EEG files in {where}: {', '.join(subjects)}",
            found=f"{', '.join(unknown)}{_did_you_mean(unknown[0], subjects)}",
            next_step="correct source.subjects, or put the missing EEG files in place",
        )
    return [name for name in subjects if name in source.subjects]


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def _seed_dv_inputs(source: SourceOptions, seed_dv: SeedDvOptions) -> list[Path]:
    root = Path(str(source.path))
    stems = [Path(name).stem for name in seed_dv.videos]
    eeg = seed_dv_files(source, seed_dv, source.urls)
    files = [path for each in eeg.values() for path in each.values()]
    files += [root / seed_dv.video / name for name in seed_dv.videos]
    files += [root / seed_dv.meta_info / name for name in (LABELS_NPY, EMOTIONS_NPY)]
    if seed_dv.captions is not None:
        files += [root / seed_dv.captions / f"{stem}.txt" for stem in stems]
    return [*files, root / "participants.tsv"]


def _bids_inputs(source: SourceOptions, bids: BidsOptions) -> list[Path]:
    root = Path(str(source.path))
    shared = [path for pattern in ("*.json", "*.tsv") for path in root.glob(pattern)]
    own = [
        path
        for subject in bids_files(source, bids)
        for pattern in ("eeg/*", "ses-*/eeg/*")
        for path in (root / subject).glob(pattern)
    ]
    return [*shared, *own, *(root / bids.stimuli).rglob("*")]


def _entity(path: Path, name: str) -> str | None:
    match = re.search(rf"_{name}-([A-Za-z0-9]+)_", path.name)
    return match[1] if match else None


def _natural(path: Path) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)]
