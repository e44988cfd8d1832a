"""A recording of one person, prepared as the recordings that a generator was trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.preprocess.bad_channels import find_bad_channels
from videeg_pipe.preprocess.plans import listed_segments
from videeg_pipe.preprocess.recordings import clean, resample
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.sources.bids.gaps import events_beside
from videeg_pipe.sources.bids.listing import FORMATS
from videeg_pipe.sources.bids.lone_files import examine_file, open_file, reading
from videeg_pipe.sources.recording import BOUNDARY, raw_array
from videeg_pipe.sources.signal import SPREAD_UV, is_plausible, spread_of

_ROUNDING = 1e-6  # of a sample
_N_STRETCHES, _STRETCH_S = 10, 10.0  # whose amplitudes are checked
_FOLDERS = (".ds", ".mff")  # formats whose recordings are folders


@dataclass(frozen=True)
class Recording:
    """Clean EEG of one person, with the electrodes and the rate of a generator."""

    eeg: NDArray[np.float32]  # (C, N), microvolts
    segments: list[tuple[float, float]]  # start and end of pauses and bad segments, samples
    marks: list[tuple[float, str]]  # onset, s, and text of annotations and of events.tsv
    interpolated: list[str]  # electrodes that were missing or bad

    def usable(self, starts: NDArray[np.intp], length: int) -> NDArray[np.bool_]:
        """Tell which windows lie inside and touch no pause and no bad segment, (n,)."""
        stops = starts + length
        usable = (starts >= 0) & (stops <= self.eeg.shape[1])
        for first, last in self.segments:
            usable &= (stops <= first + _ROUNDING) | (starts >= last - _ROUNDING)
        return usable


def read_recording(path: Path, layout: EegLayout, record: Mapping[str, Any]) -> Recording:
    """Read a recording, and filter, interpolate, reference and resample it.

    Electrodes are matched by name. Those that are missing or bad are interpolated from the others;
    further channels are left out.

    Args:
        path: A file that MNE reads.
        layout: Electrodes and rate of the generator.
        record: `l_freq`, `h_freq` and `reference` of its training.

    Raises:
        UserError: if the file cannot be read, states no unit, has amplitudes that scalp EEG cannot
            have, or has too few of the electrodes.
    """
    options = PreprocessOptions(
        l_freq=record["l_freq"],
        h_freq=record["h_freq"],
        reference=record["reference"],
        sfreq=layout.sfreq,
    )
    check_recording(path)
    with reading(path, expected="a recording that MNE reads", next_step="export it as FIF or EDF"):
        stored = open_file(path)
        events = events_beside(path) if path.suffix.lower() in FORMATS else None
        marks = _marks(stored, events)
        if "eeg" not in stored:
            raise UserError(
                str(path),
                expected="EEG channels",
                found=f"only {listed(sorted(set(stored.get_channel_types())))}",
                next_step="correct the types of its channels",
            )
        stored.pick("eeg", exclude=[])
        per_value, breaks, _ = examine_file(path, stored)
        volts = stored.get_data() * per_value[:, None]
    _check(path, stored.info["sfreq"], volts, options)
    raw = _on_layout(path, stored, volts, layout, options)
    at = stored.annotations
    first_s = stored.first_time if at.orig_time is not None else 0.0
    bad = [text.lower().startswith("bad") for text in at.description]
    raw.set_annotations(
        mne.Annotations(at.onset[bad] - first_s, at.duration[bad], at.description[bad])
        + mne.Annotations([k / raw.info["sfreq"] for k in breaks], 0, BOUNDARY)
    )
    segments = [
        (one["onset_s"] * layout.sfreq, (one["onset_s"] + one["duration_s"]) * layout.sfreq)
        for one in listed_segments(raw.annotations)
    ]
    with mne.use_log_level("error"):
        raw.info["bads"] = _bad_channels(path, raw, options)
        interpolated = list(raw.info["bads"])
        raw = clean(raw, options)
    eeg = resample(raw.get_data(), raw.info["sfreq"], layout.sfreq) * UV_PER_V
    return Recording(eeg.astype(np.float32), segments, [] if breaks else marks, interpolated)


def check_recording(path: Path) -> None:
    """Refuse a path that is not a recording before its format's reader is asked.

    Raises:
        UserError: if the path does not exist, or is a folder of another kind.
    """
    if not path.exists():
        raise UserError(
            str(path),
            expected="a recording that MNE reads",
            found="no such file",
            next_step="correct the path",
        )
    if path.is_dir() and path.suffix.lower() not in _FOLDERS:
        raise UserError(
            str(path),
            expected="a recording that MNE reads",
            found="a folder",
            next_step="name the file of the recording in it",
        )


def _marks(raw: mne.io.BaseRaw, events: pd.DataFrame | None) -> list[tuple[float, str]]:
    """Return onset, s, and text of the annotations, and of the events in the BIDS table."""
    at, names = mne.events_from_annotations(raw)
    texts = {code: text for text, code in names.items()}
    marks = [((row[0] - raw.first_samp) / raw.info["sfreq"], texts[row[2]]) for row in at]
    if events is not None and "stim_file" in events:
        onset_s = pd.to_numeric(events["onset"], errors="coerce")
        known = onset_s.notna() & events["stim_file"].notna()
        marks += zip(onset_s[known].tolist(), events["stim_file"][known].tolist(), strict=True)
    return marks


def _check(
    path: Path, sfreq: float, volts: NDArray[np.float64], options: PreprocessOptions
) -> None:
    if options.h_freq >= sfreq / 2:
        raise UserError(
            str(path),
            expected=f"a sampling rate above {2 * options.h_freq:g} Hz, as the training's filter "
            f"reaches {options.h_freq:g} Hz",
            found=f"{sfreq:g} Hz",
            next_step="use the recording at its original rate",
        )
    if not np.isfinite(volts).all():
        raise UserError(
            str(path),
            expected="finite samples",
            found="NaN or infinity",
            next_step="export the recording again",
        )
    n = min(volts.shape[1], round(_STRETCH_S * sfreq))
    starts = np.linspace(0, volts.shape[1] - n, _N_STRETCHES).astype(int)
    spread_uv = UV_PER_V * spread_of((volts[:, start : start + n] for start in starts), sfreq)
    if spread_uv > 0 and not is_plausible(spread_uv):  # dead channels are found later
        low, high = SPREAD_UV
        raise UserError(
            str(path),
            expected=f"a robust standard deviation of {low:g} to {high:g} uV in 1 to 40 Hz",
            found=f"{spread_uv:.3g} uV",
            next_step="correct the unit: FIF holds volts, other files state theirs",
        )


def _on_layout(
    path: Path,
    stored: mne.io.BaseRaw,
    volts: NDArray[np.float64],
    layout: EegLayout,
    options: PreprocessOptions,
) -> mne.io.RawArray:
    """Return the layout's electrodes in its order; missing ones are zero and marked as bad."""
    own = {name.upper(): row for row, name in enumerate(stored.ch_names)}
    rows = [own.get(name.upper()) for name in layout.channels]
    missing = [name for name, row in zip(layout.channels, rows, strict=True) if row is None]
    if len(missing) > options.max_bad_fraction * len(layout.channels):
        raise UserError(
            str(path),
            expected=f"the electrodes {listed(layout.channels)}",
            found=f"{listed(stored.ch_names)}; {len(missing)} of {len(layout.channels)} missing",
            next_step="rename the channels, or train with these electrodes",
        )
    known = np.zeros((len(rows), volts.shape[1]))
    for place, row in enumerate(rows):
        if row is not None:
            known[place] = volts[row]
    with mne.use_log_level("error"):
        raw = raw_array(known, layout.channels, layout.positions_m, stored.info["sfreq"])
    bads = {name.upper() for name in (*stored.info["bads"], *missing)}
    raw.info["bads"] = [name for name in layout.channels if name.upper() in bads]
    return raw


def _bad_channels(path: Path, raw: mne.io.RawArray, options: PreprocessOptions) -> list[str]:
    try:
        return find_bad_channels(raw, options, name=path.name, seed=0)
    except UserError as error:  # its next steps are those of a run
        raise UserError(
            str(path),
            expected=error.expected,
            found=error.found,
            next_step="inspect the recording; annotations that begin with BAD leave segments out",
        ) from None
