"""Recordings with pauses in each format, written by hand: no library writes them."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

Notes = tuple[tuple[float, str], ...]  # seconds or samples, and text


def write_edf(
    path: Path,
    microvolts: NDArray[np.float64],
    names: list[str],
    sfreq: int,
    *,
    record_s: list[float],
    notes: tuple[tuple[float, str] | tuple[float, str, float], ...] = (),
    kind: str = "EDF+D",
) -> None:
    """Write EDF+ or BDF+ with records of 1 s.

    Args:
        path: The file; `.bdf` gives 24 bits.
        microvolts: (C, N); N = sfreq * number of records.
        names: C names.
        sfreq: Hz.
        record_s: Time of each record.
        notes: Seconds of clock time, text, and perhaps duration.
        kind: Reserved field of the header.
    """
    width = 3 if path.suffix == ".bdf" else 2
    full = 2 ** (8 * width - 1) - 1
    sizes = [sfreq] * len(names) + [120]
    n = len(sizes)
    columns = [
        ([*names, f"{kind[:3]} Annotations"], 16), ([""] * n, 80), (["uV"] * (n - 1) + [""], 8),
        (["-2000"] * n, 8), (["2000"] * n, 8), ([-full - 1] * n, 8), ([full] * n, 8),
        ([""] * n, 80), (sizes, 8), ([""] * n, 32),
    ]  # fmt: skip
    header = [
        (b"\xffBIOSEMI" if width == 3 else b"0", 8), ("X X X X", 80),
        ("Startdate 01-JAN-2020 X X X", 80), ("01.01.20", 8), ("00.00.00", 8), (256 * (n + 1), 8),
        (kind, 44), (len(record_s), 8), (1, 8), (n, 4),
        *((value, size) for values, size in columns for value in values),
    ]  # fmt: skip
    out = bytearray()
    for value, size in header:
        out += (value if isinstance(value, bytes) else str(value).encode()).ljust(size)
    digital = np.round((microvolts + 2000) / 4000 * (2 * full + 1) - full - 1).astype("<i4")
    for number, start in enumerate(record_s):
        here = digital[:, number * sfreq : (number + 1) * sfreq]
        out += here[..., None].view(np.uint8)[..., :width].tobytes()
        tal = f"+{start:g}\x14\x14\x00"
        for at, text, *length in notes:
            if 0 <= at - start < 1:
                lasts = f"\x15{length[0]:g}" if length else ""
                tal += f"+{at:g}{lasts}\x14{text}\x14\x00"
        out += tal.encode().ljust(120 * width, b"\0")
    path.write_bytes(out)


def write_brainvision(
    path: Path,
    microvolts: NDArray[np.float64],
    names: list[str],
    sfreq: int,
    *,
    segments: list[tuple[int, str]],
    notes: Notes = (),
) -> None:
    """Write a `.vhdr` with its two files.

    Args:
        path: The header.
        microvolts: (C, N).
        names: C names.
        sfreq: Hz.
        segments: First sample of each segment, and its time as 20 digits, or "".
        notes: Samples, and text of stimulus markers.
    """
    channels = "".join(f"Ch{k}={name},,1,uV\n" for k, name in enumerate(names, start=1))
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\n"
        f"DataFile={path.stem}.eeg\nMarkerFile={path.stem}.vmrk\nDataFormat=BINARY\n"
        f"DataOrientation=MULTIPLEXED\nNumberOfChannels={len(names)}\n"
        f"SamplingInterval={1e6 / sfreq:g}\n[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n"
        f"[Channel Infos]\n{channels}"
    )
    path.with_suffix(".eeg").write_bytes(microvolts.T.astype("<f4").tobytes())
    marks = [
        (at, f"New Segment,,{at + 1},1,0{',' + time if time else ''}") for at, time in segments
    ]
    marks += [(at, f"Stimulus,{text},{at + 1:.0f},1,0") for at, text in notes]
    lines = "".join(f"Mk{k}={line}\n" for k, (_, line) in enumerate(sorted(marks), start=1))
    path.with_suffix(".vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\n"
        f"DataFile={path.stem}.eeg\n[Marker Infos]\n{lines}"
    )


def write_eeglab(
    path: Path,
    microvolts: NDArray[np.float64],
    names: list[str],
    sfreq: int,
    *,
    boundaries: list[tuple[int, float]],
    notes: Notes = (),
) -> None:
    """Write a `.set`.

    Args:
        path: The file.
        microvolts: (C, N).
        names: C names.
        sfreq: Hz.
        boundaries: First sample after each boundary, and the samples cut out there, or NaN.
        notes: Samples, and text of events.
    """
    events = [(at + 0.5, "boundary", lost) for at, lost in boundaries]
    events += [(at + 1, text, 0.0) for at, text in notes]
    fields = [("latency", object), ("type", object), ("duration", object)]
    scipy.io.savemat(
        path,
        {
            "EEG": {
                "data": microvolts.astype(np.float32),
                "nbchan": len(names),
                "pnts": microvolts.shape[1],
                "trials": 1,
                "srate": float(sfreq),
                "chanlocs": np.array([(name,) for name in names], dtype=[("labels", object)]),
                "event": np.array(sorted(events), dtype=fields),
                "epoch": [],
            }
        },
    )


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
