"""Checks of a release when it is opened, and errors of one line for damaged and foreign files."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from videeg_pipe.reader.field_checks import field_problem
from videeg_pipe.reader.volumes import IN_VOLUMES, ROWS, check_volumes, volume_names
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, sha256_file

if TYPE_CHECKING:
    from videeg_pipe.reader.release import Release

METADATA = (
    "sample_id", "subject", "split", "concept", "concept_id", "emotion", "emotion_origin",
    "video_id", "video_time_s", "seed",
)  # fmt: skip
"""Labels of every release, one value per sample."""

MAJOR = 1
"""Schemas with this number before the point are read: later ones of them only add to it."""

_KINDS = {"eeg": "f", "eeg_scale": "f"} | dict.fromkeys(METADATA, "text")
_KINDS |= {"concept_id": "iu", "seed": "iu", "video_time_s": "f"}

UNREADABLE = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""Errors that h5py raises for damaged data."""

RELEASE, SUMS = "videeg-gen.h5", "SHA256SUMS"
"""Files of a release's folder."""


def damaged_release(path: Path) -> UserError:
    """Return the error for a release that HDF5 cannot read; HDF5's own text is about addresses."""
    return UserError(
        str(path),
        expected=f"a release as {SUMS} lists it",
        found="one whose data cannot be read: it is damaged",
        next_step=f"download it again, and check it with sha256sum -c {SUMS}",
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Convert HDF5's errors about a damaged release to a UserError."""
    try:
        yield
    except UNREADABLE as error:
        raise damaged_release(path) from error


def open_release(path: Path) -> h5py.File:
    """Open a release.

    Raises:
        UserError: if the file is missing, damaged or not a release, or one of its volumes is.
    """
    if not path.exists():
        raise missing(path)
    try:
        file = h5py.File(path, "r")
    except OSError:
        found, next_step = "another file", f"give the path of a release's {RELEASE}"
        if path.is_dir():
            found = "a folder"
        elif not os.access(path, os.R_OK):
            found, next_step = "no permission to read it", "change its permissions"
        elif h5py.is_hdf5(path):
            found, next_step = "a truncated or damaged one", f"download it again; see {SUMS}"
        raise UserError(
            str(path), expected="a release in an HDF5 file", found=found, next_step=next_step
        ) from None
    try:
        problem = _problem(file)
        if problem is None:
            check_volumes(file, path)
    except BaseException:
        file.close()
        raise
    if problem is None:
        return file
    file.close()
    found, next_step = problem
    raise UserError(
        str(path), expected=f"a release, with schema {MAJOR}.x", found=found, next_step=next_step
    )


def check_fields(file: h5py.File, path: Path, names: tuple[str, ...]) -> None:
    """Check that a release has these fields, inside it and as large as it says.

    Raises:
        UserError: naming the fields that are missing, or the first that cannot be used.
    """
    if unknown := [name for name in names if name not in file]:
        raise UserError(
            str(path),
            expected=f"fields among {', '.join([*file, 'label'])}",
            found=", ".join(unknown),
            next_step="correct the fields",
        )
    n = file["eeg"].shape[0]
    for name in names:
        problem = field_problem(file, name, virtual=name == IN_VOLUMES)
        if problem is None and file[name].shape[0] != n:
            problem = f"data set {name} of another length"
        if problem is not None:
            raise UserError(
                str(path),
                expected="data sets with one row per sample, in this file",
                found=problem,
                next_step="leave the field out, or download the release again",
            )


def check_samples(release: "Release") -> None:
    """Refuse a part of a release without samples, where the format has none.

    Raises:
        UserError: naming the file.
    """
    if not len(release):
        raise UserError(
            str(release.path),
            expected="samples",
            found="none",
            next_step="choose another part of the release",
        )


def read_sums(listed: Path) -> dict[str, str]:
    """Return the checksums in SHA256SUMS by name of the file.

    Raises:
        UserError: if the list is missing.
    """
    if not listed.exists():
        raise missing(listed)
    sums = {}
    for line in listed.read_text(encoding="utf-8", errors="replace").splitlines():
        value, _, name = line.partition(" ")
        sums[name.strip().lstrip("*")] = value.lower()
    return sums


def check_sums(path: Path) -> None:
    """Compare a file with its checksum in SHA256SUMS beside it.

    Raises:
        UserError: if the list is missing, does not name the file, or has another checksum.
    """
    listed = path.with_name(SUMS)
    if not path.exists():
        raise missing(path)
    sums = read_sums(listed)
    if path.name not in sums:
        raise UserError(
            str(listed),
            expected=f"a line for {path.name}",
            found="none",
            next_step="download both files again, or open the release without verify",
        )
    found = sha256_file(path)
    if found != sums[path.name]:
        raise UserError(
            str(path),
            expected=f"SHA-256 {sums[path.name][:12]}…, as {SUMS} lists it",
            found=f"{found[:12]}…",
            next_step="download it again",
        )


def verify_release(path: Path) -> None:
    """Compare a release and its volumes with their checksums in SHA256SUMS beside them.

    Raises:
        UserError: as `check_sums`, and if the release cannot be opened.
    """
    check_sums(path)
    with reading(path), open_release(path) as file:
        volumes = volume_names(file)
    for name in volumes:
        check_sums(path.with_name(name))


def _problem(file: h5py.File) -> tuple[str, str] | None:
    """Return why an HDF5 file is not a release, and what to do, or None."""
    if "provenance" in file.attrs and "schema_version" not in file.attrs:
        return "EEG of videeg generate", "read it with videeg_pipe.GeneratedEeg.load"
    if "eeg" in file and ROWS in file.attrs:
        return "one volume of a release", f"give the path of {RELEASE} beside it"
    version = str(file.attrs.get("schema_version", "none"))
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) > MAJOR:
        return f"schema_version {version}, newer than this program reads", "update videeg-pipe"
    known = major.isdecimal() and int(major) == MAJOR
    found = _content_problem(file) if known else f"schema_version {version}"
    if found is None:
        return None
    return found, f"give the path of a release's {RELEASE}, or download it again"


def _content_problem(file: h5py.File) -> str | None:
    """Return which data set or attribute is not as in a release, or None."""
    lengths = set()
    for name, kinds in _KINDS.items():
        problem = field_problem(file, name, virtual=name == IN_VOLUMES)
        if problem is not None:
            return problem
        field = file[name]
        kind = field.dtype.kind if h5py.check_string_dtype(field.dtype) is None else "text"
        if kind not in kinds or len(field.shape) != (3 if name == "eeg" else 1):
            return f"data set {name} of {field.dtype} with shape {field.shape}"
        lengths.add(field.shape[0])
    if len(lengths) > 1:
        return "data sets of different lengths"
    return _attribute_problem(file.attrs, n_channels=file["eeg"].shape[1])


def _is_text(value: object) -> bool:
    """Tell whether all text of an attribute is UTF-8; h5py reads other bytes as surrogates."""
    texts = [one for one in np.atleast_1d(np.asarray(value)).ravel() if isinstance(one, str)]
    return all(one.isascii() or one.encode(errors="replace").decode() == one for one in texts)


def _attribute_problem(facts: h5py.AttributeManager, n_channels: int) -> str | None:
    """Return which attribute is missing or not as in a release, or None."""
    for name in ("sfreq", "channel_names", "channel_positions_m", "units", "title", "generator"):
        if name not in facts:
            return f"no attribute {name}"
    sfreq, names = facts["sfreq"], np.asarray(facts["channel_names"])
    if not (isinstance(sfreq, int | float | np.number) and 0 < float(sfreq) < np.inf):
        return f"sfreq {sfreq}"
    if names.shape != (n_channels,) or not all(isinstance(name, str) for name in names):
        return f"channel_names with shape {names.shape} for {n_channels} channels"
    positions = np.asarray(facts["channel_positions_m"])
    if positions.shape != (n_channels, 3) or not np.isfinite(positions).all():
        return "channel_positions_m without three numbers per channel"
    if facts["units"] != "uV":
        return f"units {facts['units']}"
    if unreadable := [name for name, value in facts.items() if not _is_text(value)]:
        return f"attribute {unreadable[0]} that is not text in UTF-8"
    try:
        is_object = isinstance(json.loads(facts["generator"]), dict)
    except (TypeError, ValueError, RecursionError):
        is_object = False
    return None if is_object else "an attribute generator that is not a JSON object"
