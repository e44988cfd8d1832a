"""Writers of EEG files, odd ones included, byte by byte: no library's reading of a format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

NAMES = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 Oz O2".split())  # noqa: SIM905
RANGE_UV = 2000.0  # of integer samples, either side of zero

Notes = Sequence[tuple[float, str | bytes] | tuple[float, str | bytes, float]]
"""Time and text of each annotation, and perhaps its duration."""


def write_edf(
    path: Path,
    eeg_uv: np.ndarray,
    names: Sequence[str],
    sfreq: int,
    *,
    dimension: bytes = b"uV",
    per_uv: float = 1.0,
    onsets_s: Sequence[float] | None = None,
    kind: str | None = None,
    notes: Notes = (),
    reversed_range: bool = False,
    record_s: float = 1.0,
) -> Path:
    """Write EDF, or BDF by the suffix.

    Args:
        path: `.edf` or `.bdf`.
        eeg_uv: (C, N) microvolts, N a multiple of `sfreq` by default.
        names: C channel names.
        sfreq: Sampling rate, Hz.
        dimension: Physical dimension in the header.
        per_uv: Stored values per microvolt; the range in the header follows.
        onsets_s: Clock time of each record: makes EDF+, discontinuous where a record is late.
        kind: EDF+C, EDF+D and so on in the header, whatever `onsets_s` says.
        notes: Annotations of EDF+, in seconds of clock time.
        reversed_range: Physical minimum above the maximum, as some exporters invert the polarity.
        record_s: Length of a record, s; samples after the last whole one are left out.
    """
    wide = path.suffix == ".bdf"
    low, high = (-(2**23), 2**23 - 1) if wide else (-(2**15), 2**15 - 1)
    per_record = round(sfreq * record_s)
    n_records = eeg_uv.shape[1] // per_record
    eeg_uv = eeg_uv[:, : n_records * per_record]
    sign = -1 if reversed_range else 1
    steps = (sign * eeg_uv + RANGE_UV) / (2 * RANGE_UV) * (high - low) + low
    digital = np.clip(np.round(steps), low, high).astype("<i4")
    digital = digital.reshape(len(names), n_records, per_record)
    ends = (-sign * RANGE_UV * per_uv, sign * RANGE_UV * per_uv)
    columns = [
        [*names],
        [""] * len(names),
        [dimension] * len(names),
        *([f"{end:g}"] * len(names) for end in ends),
        [low] * len(names),
        [high] * len(names),
        [""] * len(names),
        [per_record] * len(names),
        [""] * len(names),
    ]
    note_bytes, width = 0, 3 if wide else 2
    if onsets_s is not None:
        assert len(onsets_s) == n_records
        steady = np.allclose(np.diff(onsets_s), record_s)
        kind = kind or f"{path.suffix[1:].upper()}+{'C' if steady else 'D'}"
        note_bytes = 120 * width
        extra = [f"{path.suffix[1:].upper()} Annotations", "", "", -1, 1, low, high, "", 120, ""]
        columns = [[*column, value] for column, value in zip(columns, extra, strict=True)]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    count = len(columns[0])
    header = [(b"\xffBIOSEMI" if wide else b"0", 8), ("X X X X", 80)]
    header += [("Startdate 01-JAN-2020 X X X", 80), ("01.01.20", 8), ("00.00.00", 8)]
    header += [
        (256 * (count + 1), 8),
        (kind or "", 44),
        (n_records, 8),
        (f"{record_s:g}", 8),
        (count, 4),
    ]
    header += [
        (value, wide_to)
        for column, wide_to in zip(columns, widths, strict=True)
        for value in column
    ]
    body = bytearray(b"".join(_padded(value, width) for value, width in header))
    for record in range(n_records):
        samples = np.ascontiguousarray(digital[:, record]).view("u1").reshape(-1, 4)[:, :width]
        body += samples.tobytes()
        if onsets_s is not None:
            body += _annotations(onsets_s[record], notes).ljust(note_bytes, b"\0")
    return _written(path, bytes(body))


def _annotations(onset_s: float, notes: Notes) -> bytes:
    out = f"+{onset_s:g}\x14\x14\0".encode()
    for at, text, *lasts in notes:
        if 0 <= at - onset_s < 1:
            time = f"+{at:g}" + (f"\x15{lasts[0]:g}" if lasts else "")
            out += time.encode() + b"\x14" + _bytes(text) + b"\x14\0"
    return out


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _padded(value: object, width: int) -> bytes:
    text = value if isinstance(value, bytes) else str(value).encode("latin-1")
    assert len(text) <= width, f"{text!r} is longer than {width} bytes"
    return text.ljust(width)


def write_brainvision(
    path: Path,
    eeg_uv: np.ndarray,
    names: Sequence[str],
    sfreq: float,
    *,
    unit: str = "µV",
    per_uv: float = 1.0,
    resolution: str = "0.1",
    segments: Sequence[tuple[int, float | str]] = ((0, 0.0),),
    notes: Sequence[tuple[int, str]] = (),
) -> Path:
    """Write `.vhdr`, `.vmrk` and `.eeg` of 32-bit floats.

    Args:
        path: The `.vhdr`.
        eeg_uv: (C, N) microvolts.
        names: C channel names.
        sfreq: Sampling rate, Hz.
        unit: Unit in the header.
        per_uv: Values in that unit per microvolt.
        resolution: Values in that unit per stored value; empty means 1.
        segments: First sample of each segment of the recording, and its clock time: seconds, 20
            digits, or "" for a marker without a time.
        notes: Sample and text of each stimulus marker.
    """
    stored = eeg_uv * per_uv / float(resolution or 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".eeg").write_bytes(stored.T.astype("<f4").tobytes())
    common = f"Codepage=UTF-8\nDataFile={path.stem}.eeg\n"
    marks = [(at, f"New Segment,,{at + 1},1,0{_stamp(time)}") for at, time in segments]
    marks += [(at, f"Stimulus,{text},{at + 1},1,0") for at, text in notes]
    lines = "".join(f"Mk{number}={line}\n" for number, (_, line) in enumerate(sorted(marks), 1))
    path.with_suffix(".vmrk").write_text(
        f"Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\n{common}"
        f"[Marker Infos]\n{lines}",
        encoding="utf-8",
    )
    channels = "".join(
        f"Ch{number}={name},,{resolution},{unit}\n" for number, name in enumerate(names, start=1)
    )
    text = (
        f"Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\n{common}"
        f"MarkerFile={path.stem}.vmrk\nDataFormat=BINARY\nDataOrientation=MULTIPLEXED\n"
        f"NumberOfChannels={len(names)}\nSamplingInterval={1e6 / sfreq:g}\n"
        f"[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n[Channel Infos]\n{channels}"
    )
    return _written(path, text.encode())


def _stamp(time: float | str) -> str:
    digits = time if isinstance(time, str) else f"202001010000{round(time * 1e6):08d}"
    return f",{digits}" if digits else ""


def write_eeglab(
    path: Path,
    eeg_uv: np.ndarray,
    names: Sequence[str],
    sfreq: float,
    *,
    boundaries: Sequence[tuple[float, float]] = (),
    notes: Sequence[tuple[float, str]] = (),
    fdt: str | None = None,
) -> Path:
    """Write `.set`.

    Args:
        path: The file.
        eeg_uv: (C, N) microvolts.
        names: C channel names.
        sfreq: Sampling rate, Hz.
        boundaries: First sample after each boundary, and the samples cut out there, or NaN.
        notes: Sample and text of each event.
        fdt: Name of a file beside it that holds the samples; it is written too.
    """
    data: np.ndarray | str = eeg_uv.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    if fdt is not None:
        (path.parent / fdt).write_bytes(eeg_uv.T.astype("<f4").tobytes())
        data = fdt
    empty = np.array([])
    events = [(sample + 0.5, "boundary", length) for sample, length in boundaries]
    events += [(sample + 1, text, 0.0) for sample, text in notes]
    fields = [("latency", object), ("type", object), ("duration", object)]
    event = np.array(sorted(events), fields) if events else empty
    channels = np.array([(name, np.nan) for name in names], [("labels", object), ("X", object)])
    eeg = {
        **{"setname": path.stem, "nbchan": float(len(names)), "trials": 1.0, "ref": "common"},
        **{"pnts": float(eeg_uv.shape[1]), "srate": float(sfreq), "xmin": 0.0},
        **{"xmax": (eeg_uv.shape[1] - 1) / sfreq, "times": empty, "data": data, "epoch": empty},
        **{"chanlocs": channels, "event": event, "icawinv": empty},
        **{"icasphere": empty, "icaweights": empty, "icachansind": empty},
    }
    scipy.io.savemat(path, {"EEG": eeg}, appendmat=False)
    return path


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def save_as_v73(path: Path, *, structure: bool) -> None:
    """Convert a `.set` to MATLAB v7.3, which is HDF5, laid out as MATLAB does.

    Args:
        path: The file, of an older version.
        structure: Whether `EEG` is one structure, or its fields lie at the top.
    """
    eeg = scipy.io.loadmat(path)["EEG"][0, 0]
    with h5py.File(path, "w", userblock_size=512) as file:
        fields = file.create_group("EEG") if structure else file
        for name in eeg.dtype.names:
            _put(fields, name, eeg[name])
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    path.write_bytes(header + path.read_bytes()[len(header) :])


def _put(where: h5py.Group, name: str, value: NDArray[Any]) -> h5py.Dataset | h5py.Group:
    """Store one value of MATLAB; elements of structure arrays lie in `#refs#`."""
    if value.dtype.names and value.size:
        made = where.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        refs = where.file.require_group("#refs#")
        for field in value.dtype.names:
            items = value[field].ravel()
            if value.size == 1:
                _put(made, field, items[0])
                continue
            stored = [_put(refs, f"{len(refs)}-{field}", item).ref for item in items]
            made.create_dataset(field, data=np.array(stored, h5py.ref_dtype)[:, None])
        return made
    text = value.dtype.kind == "U"
    data = (
        np.frombuffer("".join(value).encode("utf-16-le"), np.uint16)[:, None] if text else value.T
    )
    made = where.create_dataset(name, data=data if value.size else np.array(value.shape, np.uint64))
    kinds = {"f8": "double", "f4": "single", "O8": "cell", "O": "cell"}
    kind = "struct" if value.dtype.names else kinds.get(value.dtype.str[1:], value.dtype.name)
    made.attrs["MATLAB_class"] = np.bytes_("char" if text else kind)
    if not value.size:
        made.attrs["MATLAB_empty"] = np.uint8(1)
    return made
