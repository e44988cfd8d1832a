"""A packed decoder, and a recording to decode."""

import shutil
from pathlib import Path

import mne
import numpy as np

from tests.decode.world import CONFIGURATION
from tests.models.decoders.planted import CHANNELS, SFREQ, T
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.decode.pack import pack_decoder

FILTERS = {"l_freq": 0.5, "h_freq": 40.0, "reference": "average"}


def packed_decoder(reconstructed: Path, folder: Path) -> Path:
    """Pack the decoder `ridge`, and move it away from the results."""
    return Path(shutil.move(pack(reconstructed, folder.with_name("made")), folder))


def pack(reconstructed: Path, folder: Path) -> Path:
    """Pack the decoder `ridge`."""
    pack_decoder(
        decoder=reconstructed / "decoders" / "ridge" / "known" / "seed-0" / "decoder.json",
        pictures=reconstructed / "pictures",
        index=reconstructed / "eeg" / "index.json",
        config={"preprocess": FILTERS, "pictures": CONFIGURATION["pictures"]},
        record=folder / "playback.json",
    )
    return folder


def write_recording(path: Path, n_clips: int) -> Path:
    """Write this many clips and a half of smooth EEG, as a FIF file."""
    places = electrode_positions(CHANNELS)
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    noise = np.random.default_rng(0).standard_normal((len(CHANNELS), n_clips * T + T // 2))
    eeg = np.exp(-np.square(distance / 0.08)) @ noise + noise[:1]  # neighbours are alike
    raw = mne.io.RawArray(
        1e-5 * eeg, mne.create_info(list(CHANNELS), SFREQ, "eeg"), verbose="error"
    )
    positions = dict(zip(CHANNELS, places, strict=True))
    raw.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    raw.save(path, verbose="error")
    return path
