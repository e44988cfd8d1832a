"""Generated EEG as a recording of MNE: in memory, or read piece by piece."""

import json
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.reader.mne_epochs import eeg_info, standard_spelling


def raw_in_memory(eeg: GeneratedEeg, draw: int) -> mne.io.RawArray:
    """Return one draw in volts."""
    volts = np.multiply(eeg.data[draw], V_PER_UV, dtype=np.float64)
    return mne.io.RawArray(volts, _info(eeg), verbose="error").set_annotations(_stimulus(eeg))


def raw_in_pieces(eeg: GeneratedEeg, draw: int) -> mne.io.BaseRaw:
    """Return one draw, of which MNE takes as much into memory as it needs at a time."""
    return _RawInPieces(eeg, draw).set_annotations(_stimulus(eeg))


class _RawInPieces(mne.io.BaseRaw):
    """One draw of EEG that may lie in a file."""

    def __init__(self, eeg: GeneratedEeg, draw: int) -> None:
        # MNE copies its extras, and copies of a function read the same file
        extras = {"read": lambda start, stop: eeg.data[draw, :, start:stop]}
        last = [eeg.data.shape[-1] - 1]
        super().__init__(_info(eeg), last_samps=last, raw_extras=[extras], verbose="error")

    def _read_segment_file(
        self,
        data: NDArray[np.float64],
        idx: Any,
        fi: int,
        start: int,
        stop: int,
        cals: Any,
        mult: Any,
    ) -> None:
        """Fill `data` with some channels in volts; MNE calls it without any projection."""
        assert mult is None
        uv = self._raw_extras[fi]["read"](start, stop)[idx]
        np.multiply(uv, V_PER_UV, out=data, dtype=np.float64)


def _info(eeg: GeneratedEeg) -> mne.Info:
    info = eeg_info(
        standard_spelling(eeg.channels),
        eeg.positions_m,
        eeg.sfreq,
        description="SYNTHETIC EEG. " + json.dumps(eeg.provenance),
        filters=dict(zip(("highpass", "lowpass"), eeg.band_hz, strict=True)),
    )
    # marks the data as referenced, so that MNE does not reference them again; it needs data
    one = mne.io.RawArray(np.zeros((len(eeg.channels), 1)), info, verbose="error")
    mne.set_eeg_reference(one, ref_channels=[], copy=False, verbose="error")
    return one.info


def _stimulus(eeg: GeneratedEeg) -> mne.Annotations:
    return mne.Annotations([0.0], [eeg.seconds], [f"SYNTHETIC {eeg.stimulus}"])
