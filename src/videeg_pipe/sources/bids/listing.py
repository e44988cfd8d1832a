"""Subjects and files of a BIDS-EEG data set."""

import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.programs import is_program
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.sources.subjects import chosen_subjects, did_you_mean, natural_order
from videeg_pipe.sources.tsv import read_columns

FORMATS = (".vhdr", ".bdf", ".edf", ".set")
"""Where one recording lies there in several formats, the first of these is used."""
VIDEO_COLUMN = "stim_file"
EVENT_COLUMNS = ("onset", "duration", "trial_type", "value", VIDEO_COLUMN, "emotion", "caption")
"""Columns of events.tsv that are recognised whatever their case."""

_OTHER_FORMATS = (".fif", ".gdf", ".cnt", ".mff", ".xdf")
_SIDE_FILES = (
    *("_channels.tsv", "_electrodes.tsv", "_coordsystem.json", "_events.tsv", "_events.json"),
    *("_eeg.json", ".vhdr", ".vmrk", ".set"),
)
_NO_EEG = {"meg", "ieeg", "anat", "func", "dwi", "fmap", "beh", "nirs", "pet", "motion", "micr"}
_ENTITY = re.compile(r"([a-z]+)-([A-Za-z0-9]+)")
_NAME = re.compile(r"sub-[A-Za-z0-9]+_(?:[a-z]+-[A-Za-z0-9]+_)*task-[A-Za-z0-9]+_(?:\S+_)?eeg\.\w+")
_TYPES = mimetypes.MimeTypes()  # Python's own table, the same on every machine
_GIF = "image/gif"


def root(config: Config, results: str) -> Path:
    """Return the folder of the data set."""
    return Path(str(config.source.path))


def list_subjects(config: Config) -> list[str]:
    """List the subjects whose events show a video, in natural order.

    Raises:
        UserError: as `eeg_files` does, or if no events show a video.
    """
    return list(dict.fromkeys(subject for subject, _, _ in list_recordings(config)))


def list_recordings(config: Config) -> list[tuple[str, int, int]]:
    """List (subject, session, block) per recording that shows a video.

    Raises:
        UserError: as `eeg_files` does, or if no events show a video.
    """
    files = eeg_files(config.source, config.bids)
    paths = [path for paths in files.values() for path in paths]
    shown = [path for path in paths if why_skipped(root(config, ""), config.bids, path) is None]
    if not shown:
        raise nothing_shown(root(config, ""), config.bids, paths)
    return places(shown)[0]


def list_files(config: Config, results: str) -> list[str]:
    """List recordings with their side files, tables of the whole data set, and stimuli."""
    return _files(config)


def list_side_files(config: Config) -> list[str]:
    """List headers and the files on channels, electrodes and events, beside the samples.

    An edit of the resolution in a header changes no table: its checksum is that of the samples.
    """
    return [path for path in _files(config) if path.endswith(_SIDE_FILES)]


def eeg_files(source: SourceOptions, bids: BidsOptions) -> dict[str, list[Path]]:
    """Find the EEG recordings of the chosen tasks, sessions and runs, one file for each.

    Returns:
        Subject to files, in natural order.

    Raises:
        UserError: if there are none, or if an option names something that is not there.
    """
    folder = Path(str(source.path))
    if not folder.is_dir():
        raise UserError(
            str(folder),
            expected="a BIDS data set",
            found="a file" if folder.is_file() else "no such folder",
            next_step="name its folder in source.path",
        )
    paths = list(_recordings(folder))
    if not paths:
        raise UserError(
            str(folder),
            expected="recordings sub-*/[ses-*/]eeg/*_task-*_eeg.{edf,bdf,vhdr,set}",
            found="none",
            next_step="check source.path, or convert the data with mne-bids",
        )
    wanted = {"task": bids.task, "session": bids.sessions, "run": bids.runs}
    for kind, names in wanted.items():
        if names is not None:
            paths = _chosen(folder, kind, [names] if isinstance(names, str) else names, paths)
    files: dict[str, list[Path]] = {}
    for path in sorted(paths, key=natural_order):
        if path == other_formats(path)[0]:
            files.setdefault(f"sub-{entities(path)['sub']}", []).append(path)
    return {name: files[name] for name in chosen_subjects(source, list(files), str(folder))}


def places(paths: list[Path]) -> tuple[list[tuple[str, int, int]], list[str]]:
    """Number sessions and blocks: by their own numbers where they have such, otherwise in order.

    Returns:
        Subject, session and block of each recording, and what was assumed.
    """
    known, notes = [entities(path) for path in paths], []
    subjects = [f"sub-{one['sub']}" for one in known]
    names = sorted({one["ses"] for one in known if "ses" in one})
    sessions = {name: int(name) for name in names if name.isdecimal() and int(name) > 0}
    if len(sessions) < len(names):
        sessions = {name: number for number, name in enumerate(names, start=1)}
        notes.append(f"Sessions {', '.join(names)} are numbered from 1, in this order.")
    session = [sessions.get(one.get("ses", ""), 1) for one in known]
    of = list(zip(subjects, session, strict=True))
    runs = [one.get("run", "1") for one in known]
    blocks = [int(run) if run.isdecimal() else 0 for run in runs]
    if len(set(zip(of, blocks, strict=True))) < len(paths) or min(blocks) < 1:
        note = "Runs are not numbered 1, 2, ...: blocks follow the order of file names."
        notes.append(note)
        blocks = [of[: at + 1].count(one) for at, one in enumerate(of)]
    return [(*one, block) for one, block in zip(of, blocks, strict=True)], notes


def other_formats(path: Path) -> list[Path]:
    """Return the files of the same recording, `path` among them; the first one is used."""
    same = [one for one in path.parent.iterdir() if one.stem == path.stem]
    formats = [one for one in same if one.suffix.lower() in FORMATS]
    return sorted(formats, key=lambda one: (FORMATS.index(one.suffix.lower()), one.name))


def visible(folder: Path, pattern: str) -> Iterator[Path]:
    """Find files by a pattern, but none whose name or folder begins with a dot.

    macOS writes `._sub-01_events.tsv` beside a file on a foreign disk; it is not a table.
    """
    for path in folder.glob(pattern):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def unnamed_files(folder: Path) -> list[Path]:
    """List files that look like recordings, but whose name or format is not read."""
    listed = set(_recordings(folder))
    return [
        path
        for path in sorted(visible(folder, "[sS][uU][bB]*/**/*"))
        if path.suffix.lower() in (*FORMATS, *_OTHER_FORMATS)
        and path.parent.name not in _NO_EEG
        and path not in listed
    ]


def entities(path: Path) -> dict[str, str]:
    """Return the entities of a BIDS name: `sub`, `ses`, `task`, `run` and others."""
    return dict(_ENTITY.findall(path.name.rsplit("_", 1)[0]))


def side_files(path: Path, ending: str) -> list[Path]:
    """List the side files of a recording with this ending, by BIDS' inheritance, the nearest first.

    They lie beside it or in a parent folder. A recording without a BIDS name has at most one, with
    its own name before the ending.
    """
    own = entities(path)
    if "sub" not in own:
        named = path.with_name(f"{path.stem.removesuffix('_eeg')}_{ending}")
        return [named] if named.is_file() else []
    found = []
    for folder in list(path.parents)[: 4 if "ses" in own else 3]:
        fitting = [
            one
            for one in visible(folder, f"*{ending}")
            if all(map(_ENTITY.fullmatch, one.name.split("_")[:-1]))
            and entities(one).items() <= own.items()
        ]
        found += sorted(fitting, key=lambda one: (-len(entities(one)), one.name))
    return found


def events_file(path: Path) -> Path | None:
    """Return the events of a recording, or None without any."""
    return next(iter(side_files(path, "events.tsv")), None)


def stimulus_file(root: Path, bids: BidsOptions, name: str) -> Path:
    """Return the file that a value of `stim_file` names, which may not exist.

    The name is relative to `bids.stimuli` or, where no file is there, to the data set. Its
    letters may have another Unicode form: macOS stores an accent apart from its letter.
    """
    written = name.strip().replace("\\", "/")
    forms = [written, *(unicodedata.normalize(form, written) for form in ("NFC", "NFD"))]
    places = [folder / form for folder in (root / bids.stimuli, root) for form in forms]
    return next((path for path in places if path.is_file()), places[0])


def names_video(value: str | None) -> bool:
    """Return whether a value of `stim_file` may be a video; its file is not opened.

    True for programs, videos, GIFs and unknown types; false for pictures, sounds and texts.
    `shows_video` decides whether a GIF moves.
    """
    if value is None or value.strip().lower() in ("", "n/a"):
        return False
    kind = _TYPES.guess_type(value.strip())[0]
    return is_program(value.strip()) or kind is None or kind.startswith("video/") or kind == _GIF


def shows_video(root: Path, bids: BidsOptions, value: str | None) -> bool:
    """Tell whether a value of `stim_file` names a video: of GIFs, by their content."""
    if value is None or not names_video(value):
        return False
    return _TYPES.guess_type(value.strip())[0] != _GIF or _moves(stimulus_file(root, bids, value))


@cache
def _moves(gif: Path) -> bool:
    """Tell whether a file holds several pictures; a missing one counts as a picture."""
    import av  # only where a stimulus is a GIF

    if not gif.is_file():
        return False
    try:
        with av.open(gif) as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            return len(list(islice(packets, 2))) > 1
    except (av.error.FFmpegError, IndexError):
        return True  # no GIF at all: the error of a video names it


def why_skipped(folder: Path, bids: BidsOptions, path: Path) -> str | None:
    """Say why a recording is left out; None if its events show a video.

    Raises:
        UserError: if its events are not a table.
    """
    events = events_file(path)
    if events is None:
        return "It has no events file, *_events.tsv."
    # in a recording that is left out, trial_type may have any encoding
    table = read_columns(events, EVENT_COLUMNS, errors="replace")
    if table and not {"onset", "duration", VIDEO_COLUMN} & set(table):
        raise UserError(
            str(events),
            expected="a tab-separated table in UTF-8 with the columns onset and duration",
            found=f"the columns {listed([*table])}",
            next_step="save it as tab-separated text in UTF-8, with one row of column names",
        )
    if VIDEO_COLUMN not in table:
        return f"Its events have no column {VIDEO_COLUMN} that names a video per row."
    values = table[VIDEO_COLUMN]
    if any(shows_video(folder, bids, value) for value in values):
        return None
    if all(value.lower() in ("", "n/a") for value in values):
        return f"Its events have no value of {VIDEO_COLUMN}."
    return f"Its events name pictures, sounds or texts in {VIDEO_COLUMN}, and no video."


def nothing_shown(folder: Path, bids: BidsOptions, paths: list[Path]) -> UserError:
    """Make the error for a data set of which nothing is left."""
    reasons = [str(why_skipped(folder, bids, path)) for path in paths]
    most = max(set(reasons), key=reasons.count)
    return UserError(
        str(folder),
        expected=f"events that show a video, with its file in {VIDEO_COLUMN}",
        found=f"none in {len(paths)} recordings; of {reasons.count(most)}, such as "
        f"{paths[reasons.index(most)].name}: {most.rstrip('.')}",
        next_step="write *_events.tsv with onset, duration and stim_file (relative to stimuli/) "
        "per video, or choose other recordings with bids.task",
    )


def _recordings(folder: Path) -> Iterator[Path]:
    for pattern in ("sub-*/eeg/*_eeg.*", "sub-*/ses-*/eeg/*_eeg.*"):
        for path in folder.glob(pattern):
            subject = path.relative_to(folder).parts[0]
            fits = path.name.startswith(f"{subject}_") and _NAME.fullmatch(path.name)
            if fits and path.suffix.lower() in FORMATS:
                yield path


def _files(config: Config) -> list[str]:
    folder = root(config, "")
    shared = [path for pattern in ("*.json", "*.tsv") for path in visible(folder, pattern)]
    own = [
        path
        for subject in eeg_files(config.source, config.bids)
        for pattern in ("*.tsv", "*.json", "ses-*/*.tsv", "ses-*/*.json", "eeg/*", "ses-*/eeg/*")
        for path in visible(folder / subject, pattern)
    ]
    stimuli = visible(folder / config.bids.stimuli, "**/*")
    return sorted({str(path) for path in (*shared, *own, *stimuli) if path.is_file()})


def _chosen(folder: Path, kind: str, names: list[str], paths: list[Path]) -> list[Path]:
    """Return the files of the named tasks, sessions or runs."""
    short = {"session": "ses"}.get(kind, kind)
    option = f"bids.{kind}" if kind == "task" else f"bids.{kind}s"
    known = {entities(path).get(short, "none") for path in paths}
    unknown = [name for name in names if not any(_same(name, one) for one in known)]
    if unknown:
        raise UserError(
            option,
            expected=f"some of the {kind}s in {folder}: {', '.join(sorted(known))}",
            found=f"{', '.join(unknown)}{did_you_mean(unknown[0], known)}",
            next_step=f"correct {option}, or set it to null to use all {kind}s",
        )
    return [p for p in paths if any(_same(name, entities(p).get(short, "")) for name in names)]


def _same(name: str, other: str) -> bool:
    """Compare two labels; numbers by value, since YAML reads 01 as 1."""
    numbers = name.isdecimal() and other.isdecimal()
    return name == other or (numbers and int(name) == int(other))
