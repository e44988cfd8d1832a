"""Agreement of a recording with its header's references and its `*_eeg.json`."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mne_bids import get_bids_path_from_fname

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.findings import Finding

CORRECT_JSON = "correct it: a comma, a quote or a brace is missing or too much there"
_RATE_TOLERANCE = 0.01  # side files round: 250 for 249.97 Hz
_DURATION_S = 1.0
_SHORTEST_S = 2.0  # bad channels are found in windows of 1 s
_BYTES = {"short": 2, "int": 4, "single": 4, "double": 8}  # per sample, by MNE's name


class SideFile(NamedTuple):
    """The `*_eeg.json` of a recording."""

    path: Path | None
    facts: dict[str, Any]  # its content; empty without a file


def check_samples_file(path: Path, raw: Any, findings: list[Finding]) -> None:
    """Check that a header names the file with the samples of the same recording.

    Raises:
        UserError: if it names another one although that of the recording exists.
    """
    samples = Path(raw.filenames[0])
    if samples.stem == path.stem:
        return
    own = path.with_suffix(samples.suffix)
    if own.exists():
        raise UserError(
            str(path),
            expected=f"samples in {own.name}, which lies beside it",
            found=f"a header that names {samples.name}",
            next_step="correct the name in the header, or move the file that is not used away",
        )
    findings.append(
        Finding(
            str(path), "assumed", "Its samples are in a file of another name, as its header says."
        )
    )


def check_continuous(path: Path, side_file: SideFile) -> None:
    """Check that the side file describes a continuous recording, not epochs.

    Epochs follow each other in the file; on the clock there is time between them.

    Raises:
        UserError: if its `RecordingType` is epoched.
    """
    if str(side_file.facts.get("RecordingType")).lower() == "epoched":
        raise epoched(path, "RecordingType epoched in its side file")


def epoched(path: Path, found: str) -> UserError:
    """Make the error for a file of epochs."""
    return UserError(
        str(path),
        expected="a continuous recording",
        found=found,
        next_step="use the recording from before epochs were cut, or leave it out with "
        "source.subjects",
    )


def read_side_file(path: Path) -> SideFile:
    """Read the `*_eeg.json` of a recording.

    Raises:
        UserError: if it is not JSON.
    """
    file = get_bids_path_from_fname(path, verbose="error").find_matching_sidecar(
        "eeg", ".json", on_error="ignore"
    )
    facts = {} if file is None else read_json(Path(str(file)), next_step=CORRECT_JSON)
    return SideFile(file, facts if isinstance(facts, dict) else {})


def check_rate(path: Path, side_file: SideFile, raw: Any, findings: list[Finding]) -> None:
    """Compare the sampling rate of the file with `SamplingFrequency` of its side file.

    A wrong rate moves every event. Where `RecordingDuration` confirms the file, the file is right.

    Raises:
        UserError: if the two rates contradict each other and nothing decides.
    """
    file, facts = side_file
    stated, duration_s = (_number(facts, key) for key in ("SamplingFrequency", "RecordingDuration"))
    if stated is None or any(abs(stated / rate - 1) <= _RATE_TOLERANCE for rate in _rates(raw)):
        return
    sfreq = raw.info["sfreq"]
    if duration_s is None or abs(raw.n_times / sfreq - duration_s) > _DURATION_S:
        raise UserError(
            str(path),
            expected=f"{stated:g} Hz, the SamplingFrequency of {file}",
            found=f"{sfreq:g} Hz in the file's header",
            next_step="correct the wrong one, here or in the file: a wrong rate moves every event",
        )
    findings.append(
        Finding(
            str(path),
            "assumed",
            f"The rate is {sfreq:g} Hz, as its header says, not {stated:g} Hz, as its side file "
            f"says: the stated duration of {duration_s:g} s fits the header.",
        )
    )


def check_length(path: Path, side_file: SideFile, raw: Any, findings: list[Finding]) -> None:
    """Compare the samples in a file with those that its header and its side file state.

    MNE reads what there is, without an error.

    Raises:
        UserError: if there are too few, or if the file ends within a sample.
    """
    held_s = raw.n_times / raw.info["sfreq"]
    if held_s < _SHORTEST_S:
        raise UserError(
            str(path),
            expected=f"a recording of at least {_SHORTEST_S:g} s",
            found=f"{held_s:.3g} s",
            next_step="copy or export the file again, or move the recording out of the data set",
        )
    kind = path.suffix.lower()
    if kind in (".edf", ".bdf"):
        _check_records(path, raw, findings)
    elif kind == ".vhdr":
        text = path.read_text("latin-1")
        if not re.search(r"^DataFormat *= *ASCII", text, re.MULTILINE):
            _check_size(path, raw, n_bytes=len(raw.ch_names) * _BYTES[raw.orig_format], exact=False)
        stated_s = _number(side_file.facts, "RecordingDuration") or held_s
        if held_s < stated_s - _DURATION_S:
            what = f"The file holds {held_s:.3f} s; its side file states {stated_s:g} s."
            findings.append(Finding(str(path), "assumed", what))
    elif Path(raw.filenames[0]).suffix.lower() == ".fdt":
        _check_size(path, raw, n_bytes=len(raw.ch_names) * _BYTES["single"], exact=True)


def _check_records(path: Path, raw: Any, findings: list[Finding]) -> None:
    """Say it where EDF or BDF does not hold the number of records that its header states."""
    with path.open("rb") as file:
        header = file.read(252)
    stated, record_s = int(header[236:244]), float(header[244:252]) or 1.0  # as MNE reads 0 s
    held = round(raw.n_times / raw.info["sfreq"] / record_s)
    if held != stated:
        how = "no number of records" if stated < 0 else f"{stated} records"
        what = f"Its header states {how}; the file holds {held}: these are read."
        findings.append(Finding(str(path), "assumed", what))


def _check_size(path: Path, raw: Any, *, n_bytes: int, exact: bool) -> None:
    """Check that a file of `n_bytes` per sample of all channels ends with a whole one."""
    file = Path(raw.filenames[0])
    size = file.stat().st_size
    expected = raw.n_times * n_bytes
    if size != expected and (exact or size % n_bytes):
        raise UserError(
            str(file),
            expected=f"{expected} bytes, as {path.name} describes it"
            if exact
            else f"{n_bytes} bytes per sample of all channels",
            found=f"{size} bytes",
            next_step="copy or export it again, or move the recording out of the data set",
        )


def _rates(raw: Any) -> set[float]:
    """Sampling rates in the file, Hz; MNE gives all channels the highest one."""
    rates = {float(raw.info["sfreq"])}
    extras = raw._raw_extras[0]  # MNE has no public name for the rates of EDF
    if "n_samps" in extras and "record_length" in extras:
        length_s = float(np.asarray(extras["record_length"]).ravel()[0])
        rates |= {float(n) / length_s for n in np.ravel(extras["n_samps"]) if n}
    return rates


def _number(facts: dict[str, Any], key: str) -> float | None:
    value = facts.get(key)
    return float(value) if isinstance(value, int | float) and value > 0 else None
