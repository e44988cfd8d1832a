"""Writers of EEG files, odd ones included, byte by byte: no library's reading of a format."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.io

RANGE_UV = 2000.0  # of integer samples, either side of zero


def write_edf(
    path: Path,
    eeg_uv: np.ndarray,
    names: Sequence[str],
    sfreq: int,
    *,
    dimension: bytes = b"uV",
    per_uv: float = 1.0,
    onsets_s: Sequence[float] | None = None,
    notes: Sequence[tuple[float, bytes]] = (),
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
        notes: Annotations of EDF+: clock time and text.
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
    kind, note_bytes, width = "", 0, 3 if wide else 2
    if onsets_s is not None:
        steady = np.allclose(np.diff(onsets_s), record_s)
        kind, note_bytes = f"{path.suffix[1:].upper()}+{'C' if steady else 'D'}", 120 * width
        extra = [f"{path.suffix[1:].upper()} Annotations", "", "", -1, 1, low, high, "", 120, ""]
        columns = [[*column, value] for column, value in zip(columns, extra, strict=True)]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    count = len(columns[0])
    header = [(b"\xffBIOSEMI" if wide else b"0", 8), ("X X X X", 80)]
    header += [("Startdate 01-JAN-2020 X X X", 80), ("01.01.20", 8), ("00.00.00", 8)]
    header += [(256 * (count + 1), 8), (kind, 44), (n_records, 8), (f"{record_s:g}", 8), (count, 4)]
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


def _annotations(onset_s: float, notes: Sequence[tuple[float, bytes]]) -> bytes:
    here = [f"+{onset_s:g}\x14\x14\0".encode()]
    here += [
        f"+{at:g}\x14".encode() + text + b"\x14\0" for at, text in notes if 0 <= at - onset_s < 1
    ]
    return b"".join(here)


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
    segments: Sequence[tuple[int, float]] = ((0, 0.0),),
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
        segments: First sample of each segment of the recording, and its clock time in seconds.
    """
    stored = eeg_uv * per_uv / float(resolution or 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".eeg").write_bytes(stored.T.astype("<f4").tobytes())
    common = f"Codepage=UTF-8\nDataFile={path.stem}.eeg\n"
    marks = "".join(
        f"Mk{number}=New Segment,,{sample + 1},1,0,202001010000{round(time_s * 1e6):08d}\n"
        for number, (sample, time_s) in enumerate(segments, start=1)
    )
    path.with_suffix(".vmrk").write_text(
        f"Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\n{common}"
        f"[Marker Infos]\n{marks}",
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


def write_eeglab(
    path: Path,
    eeg_uv: np.ndarray,
    names: Sequence[str],
    sfreq: float,
    *,
    boundaries: Sequence[tuple[float, float]] = (),
    fdt: str | None = None,
) -> Path:
    """Write `.set`.

    Args:
        path: The file.
        eeg_uv: (C, N) microvolts.
        names: C channel names.
        sfreq: Sampling rate, Hz.
        boundaries: Sample (from 0) and length in samples of each cut.
        fdt: Name of a file beside it that holds the samples; it is written too.
    """
    data: np.ndarray | str = eeg_uv.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    if fdt is not None:
        (path.parent / fdt).write_bytes(eeg_uv.T.astype("<f4").tobytes())
        data = fdt
    empty = np.array([])
    events = np.array(
        [("boundary", sample + 0.5, length) for sample, length in boundaries],
        [("type", object), ("latency", object), ("duration", object)],
    )
    channels = np.array([(name, np.nan) for name in names], [("labels", object), ("X", object)])
    eeg = {
        **{"setname": path.stem, "nbchan": float(len(names)), "trials": 1.0, "ref": "common"},
        **{"pnts": float(eeg_uv.shape[1]), "srate": float(sfreq), "xmin": 0.0},
        **{"xmax": (eeg_uv.shape[1] - 1) / sfreq, "times": empty, "data": data, "epoch": empty},
        **{"chanlocs": channels, "event": events if boundaries else empty, "icawinv": empty},
        **{"icasphere": empty, "icaweights": empty, "icachansind": empty},
    }
    scipy.io.savemat(path, {"EEG": eeg}, appendmat=False)
    return path


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
