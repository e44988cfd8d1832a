"""Subjects and files of SEED-DV."""

import re
from collections.abc import Iterable
from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.concepts import EMOTIONS_NPY, LABELS_NPY
from videeg_pipe.sources.subjects import chosen_subjects, natural_order

_EEG = re.compile(r"(?P<subject>sub\d+)(?:_session(?P<session>\d+))?\.npy", re.IGNORECASE)
_ACCESS = (
    "name the folder in source.path; to obtain SEED-DV, send its signed licence form with an "
    "application to BCMI (SJTU), then a link comes by mail: put it into source.urls"
)


def root(config: Config, results: str) -> Path:
    """Return the folder of the data set."""
    return Path(str(config.source.path))


def list_subjects(config: Config) -> list[str]:
    """List the subjects with EEG files, present or to be downloaded, in natural order.

    Raises:
        UserError: if the folder is missing or empty, or a name in `source.subjects` is unknown.
    """
    return list(eeg_files(config.source, config.seed_dv, config.source.urls))


def list_recordings(config: Config) -> list[tuple[str, int, int]]:
    """List (subject, session, block) per recording, present or to be downloaded."""
    files = eeg_files(config.source, config.seed_dv, config.source.urls)
    return [
        (subject, session, block)
        for subject, sessions in files.items()
        for session in sessions
        for block in range(1, config.seed_dv.layout.n_blocks + 1)
    ]


def list_files(config: Config, results: str) -> list[str]:
    """List EEG, videos, labels and captions that are present or will be downloaded."""
    source, tree = config.source, config.seed_dv
    folder = root(config, results)
    stems = [Path(name).stem for name in tree.videos]
    eeg = eeg_files(source, tree, source.urls)
    files = [path for sessions in eeg.values() for path in sessions.values()]
    files += [folder / tree.video / name for name in tree.videos]
    files += [folder / tree.meta_info / name for name in (LABELS_NPY, EMOTIONS_NPY)]
    if tree.captions is not None:
        files += [folder / tree.captions / f"{stem}.txt" for stem in stems]
    files.append(folder / "participants.tsv")
    # as the download rule spells its outputs
    downloads = {Path(f"{source.path}/{name}"): f"{source.path}/{name}" for name in source.urls}
    present = {str(path) for path in files if path.is_file() and path not in downloads}
    return sorted(present | set(downloads.values()))


def list_side_files(config: Config) -> list[str]:
    """Return nothing: an array has no side files."""
    return []


def eeg_files(
    source: SourceOptions, tree: SeedDvOptions, downloads: Iterable[str] = ()
) -> dict[str, dict[int, Path]]:
    """Find the EEG files: subject to session to file, in natural order.

    Args:
        source: `path` and `subjects` are read.
        tree: `eeg` is read.
        downloads: Files under `source.path` that count as present: they will be downloaded.

    Raises:
        UserError: if there are none, or a name in `source.subjects` is unknown.
    """
    folder = Path(str(source.path)) / tree.eeg
    paths = {Path(str(source.path)) / name for name in downloads}
    if folder.is_dir():
        paths |= set(folder.iterdir())
    elif not paths:
        raise UserError(
            str(folder),
            expected="SEED-DV's folder of sub1.npy, sub2.npy, ...",
            found="a file" if folder.is_file() else "no such folder",
            next_step=_ACCESS,
        )
    files: dict[str, dict[int, Path]] = {}
    for path in sorted(paths, key=lambda path: (natural_order(Path(path.name.lower())), path)):
        match = _EEG.fullmatch(path.name)
        if not match or path.parent != folder:
            continue
        subject, session = match["subject"].lower(), int(match["session"] or 1)
        same = [name for name in files if int(name[3:]) == int(subject[3:])]  # sub2 and sub02
        others = [files[name][session] for name in same if session in files[name]]
        if others or same not in ([], [subject]):
            first = others[0] if others else next(iter(files[same[0]].values()))
            raise UserError(
                str(folder),
                expected=f"one file of session {session} of {subject}",
                found=f"{first.name} and {path.name}",
                next_step="move one of them away, or name the files of a person alike",
            )
        files.setdefault(subject, {})[session] = path
    if not files:
        raise UserError(
            str(folder),
            expected="EEG files sub1.npy, sub2.npy, ...",
            found="no file of such a name",
            next_step=f"check seed_dv.eeg; or {_ACCESS}",
        )
    return {name: files[name] for name in chosen_subjects(source, list(files), str(folder))}


def unnamed_files(folder: Path) -> list[Path]:
    """List files of people whose name or format is not read, such as `sub2 (1).npy`."""
    return [
        path
        for path in sorted(folder.glob("[sS][uU][bB]*"))
        if path.is_file() and not _EEG.fullmatch(path.name)
    ]
