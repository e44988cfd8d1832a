"""Recordings in SEED-DV's layout: blocks of one array (blocks, 62, N) per person and session."""

from pathlib import Path
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.runtime.files import read_npy
from videeg_pipe.sources.recording import changed, raw_array


def read_block(row: Any) -> mne.io.RawArray:
    """Read one block as a recording with SEED-DV's channels, in volts.

    Args:
        row: One row of the `recordings` table.

    Raises:
        UserError: if the file is missing, broken, or not as in the table.
    """
    volts = block_volts(Path(row.path), row)
    return raw_array(volts, SEED_DV_CHANNELS, electrode_positions(), row.sfreq)


def block_volts(path: Path, row: Any) -> NDArray[np.float64]:
    """Read one block of an array that may be larger than memory, (C, N), volts.

    Raises:
        UserError: if the file is missing, broken, or has another shape than in the table.
    """
    blocks = read_npy(path, memory_map=True)
    expected = (row.n_channels, row.n_samples)
    if blocks.ndim != 3 or len(blocks) < row.block or blocks.shape[1:] != expected:
        least = f"a shape of (at least {row.block}, {expected[0]}, {expected[1]})"
        found = str(blocks.shape) if blocks.ndim != 3 else f"a shape of {blocks.shape}"
        raise changed(path, least, found)
    return blocks[row.block - 1].astype(np.float64) * (row.scale_to_uv * V_PER_UV)
