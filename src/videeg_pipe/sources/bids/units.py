"""Units of a BIDS recording: those of its header, of channels.tsv and of the configuration.

MNE reads an EDF dimension that it does not know as volts. A dimension is therefore read again
here. Where header and channels.tsv contradict each other, the one counts that gives amplitudes of
EEG.
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import UV_PER_V, V_PER_UV
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.signal import is_plausible, spread_of

Units = Literal["auto", "uV", "V"] | float

_VOLTS = {"v": 1.0, "mv": 1e-3, "uv": 1e-6, "nv": 1e-9}
# in small letters: micro sign, Greek mu, both in UTF-8 read as Latin-1, and mu in Shift JIS
_MICRO = ("\u00b5", "\u03bc", "\u00e2\u00b5", "\u00ee\u00bc", "\x83\xea", "micro")
_KNOWN_TO_MNE = {"\u03bcV": 1e-6, "\u00b5V": 1e-6, "\x83\xcaV": 1e-6, "uV": 1e-6, "mV": 1e-3}
_STRETCHES = 5
_STRETCH_S = 10.0


def volts_per_value(
    path: Path,
    raw: Any,
    channels: pd.DataFrame | None,
    units: Units,
    findings: list[Finding],
) -> NDArray[np.float64]:
    """Return the volts per value that MNE returns, (C,): 1 where MNE uses the right unit.

    Args:
        path: File of the recording.
        raw: Its EEG channels.
        channels: Rows of channels.tsv by name, or None.
        units: `source.units`.
        findings: Takes each unit that is not the header's.

    Raises:
        UserError: if neither the header nor channels.tsv states a known unit.
    """
    names = list(raw.ch_names)
    header = _header_units(path, raw)
    taken = np.array([_taken_by_mne(path, header[name]) for name in names])
    if units != "auto":
        volts = _VOLTS[units.lower()] if isinstance(units, str) else units * V_PER_UV
        named = units if isinstance(units, str) else f"{units:g} uV"
        findings.append(
            Finding(
                str(path), "assumed", f"The unit of stored values is {named}, as source.units says."
            )
        )
        return np.array([volts]) / taken
    table = _table_units(names, channels)
    scale = np.ones(len(names))
    for pair in dict.fromkeys(zip((header[name] for name in names), table, strict=True)):
        here = [k for k, name in enumerate(names) if (header[name], table[k]) == pair]
        volts = _chosen(path, raw, here, pair, taken[here[0]], findings)
        scale[here] = volts / taken[here]
    return scale


def _chosen(
    path: Path,
    raw: Any,
    here: list[int],
    pair: tuple[str, str],
    taken: float,
    findings: list[Finding],
) -> float:
    """Volts per stored value of the channels `here`, which share both units."""
    stated, listed = pair
    of_header, of_table = _volts(stated), _volts(listed)
    which = f"{len(here)} channels such as {raw.ch_names[here[0]]}"
    if of_header is None and of_table is None:
        raise UserError(
            str(path),
            expected="a unit of voltage (V, mV, uV or nV) in its header or in channels.tsv",
            found=f"{stated or 'none'} and {listed or 'none'} of {which}",
            next_step="write the unit of the stored values into the column units of channels.tsv, "
            "or state it in source.units",
        )
    if of_header is None:
        assert of_table is not None
        what = f"The unit is {listed}, as channels.tsv says; the header states {stated or 'none'} "
        what += f"({which})."
        findings.append(Finding(str(path), "repaired", what))
        return of_table
    if of_table not in (None, of_header):
        spread = _spread(raw, here) / taken
        if is_plausible(spread * of_table * UV_PER_V) and not is_plausible(
            spread * of_header * UV_PER_V
        ):
            what = (
                f"The unit is {listed}, as channels.tsv says, not {stated}, as the header says: "
                f"with it the SD is {spread * of_table * UV_PER_V:.3g} uV instead of "
                f"{spread * of_header * UV_PER_V:.3g} ({which})."
            )
            findings.append(Finding(str(path), "repaired", what))
            return of_table
    if of_header != taken:
        shown = stated.encode("latin-1").decode("utf-8", errors="replace")
        what = f"The unit is {shown}, as the header says; MNE reads it as volts ({which})."
        findings.append(Finding(str(path), "repaired", what))
    return of_header


def _spread(raw: Any, here: list[int]) -> float:
    """Robust SD of some stretches, in the values of MNE."""
    n = min(round(_STRETCH_S * raw.info["sfreq"]), raw.n_times)
    starts = np.linspace(0, raw.n_times - n, _STRETCHES).astype(int)
    stretches = [raw.get_data(here, start=start, stop=start + n) for start in starts]
    return spread_of(stretches, raw.info["sfreq"])


def _volts(unit: str) -> float | None:
    unit = unit.lower()
    for micro in _MICRO:
        if unit.startswith(micro):
            unit = "u" + unit.removeprefix(micro)
    return _VOLTS.get(unit)


def _header_units(path: Path, raw: Any) -> dict[str, str]:
    """Unit of each channel as the file states it; EEGLAB stores microvolts and states none."""
    kind = path.suffix.lower()
    if kind == ".set":
        return dict.fromkeys(raw.ch_names, "uV")
    if kind == ".vhdr":
        units = raw._orig_units  # MNE has no public attribute of it
        return {name: "" if units[name] == "n/a" else units[name] for name in raw.ch_names}
    with path.open("rb") as file:
        n = int(file.read(256)[252:256])
        header = file.read(n * 104).decode("latin-1")
    labels = [header[16 * k : 16 * k + 16].strip() for k in range(n)]
    units = [header[96 * n + 8 * k : 96 * n + 8 * k + 8].strip() for k in range(n)]
    by_label = dict(zip(labels, units, strict=True))
    # MNE numbers labels that occur twice
    return {
        name: by_label.get(name, by_label.get(name.rsplit("-", 1)[0], "")) for name in raw.ch_names
    }


def _taken_by_mne(path: Path, unit: str) -> float:
    """Volts per stored value that MNE applies."""
    if path.suffix.lower() in (".edf", ".bdf"):
        return _KNOWN_TO_MNE.get(unit, 1.0)
    return _volts(unit) or 1.0


def _table_units(names: list[str], channels: pd.DataFrame | None) -> list[str]:
    if channels is None or "units" not in channels:
        return [""] * len(names)
    units = channels["units"].fillna("").str.strip()
    return [str(units.get(name, "")) for name in names]
