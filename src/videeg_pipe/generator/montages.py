"""Electrodes other than those of the training, by spherical splines."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import FEW
from videeg_pipe.runtime.errors import UserError

_LARGEST_M = 0.2  # distance of an electrode from the head's centre


@dataclass(frozen=True)
class Montage:
    """Electrodes to generate, as weights of those of the training."""

    channels: tuple[str, ...]  # C'
    positions_m: NDArray[np.float64]  # (C', 3), head coordinates
    weights: NDArray[np.float32]  # (C', C)


def trained_montage(layout: EegLayout) -> Montage:
    """Return the electrodes of the training themselves."""
    eye = np.eye(len(layout.channels), dtype=np.float32)
    return Montage(layout.channels, layout.positions_m, eye)


def montage_of(name: str, layout: EegLayout, *, reference: str) -> Montage:
    """Interpolate to a standard montage of MNE, or to the electrodes of a file.

    Args:
        name: Such as biosemi32, or a .tsv with name, x, y and z in metres, head coordinates, as
            BIDS' electrodes.tsv.
        layout: Electrodes of the training.
        reference: average, to which the new electrodes are referenced again, or recorded.

    Raises:
        UserError: for an unknown name, a file without these columns, or fewer than 16 electrodes in
            the training.
    """
    if len(layout.channels) < FEW:
        raise UserError(
            f"montage {name}",
            expected=f"a generator of at least {FEW} electrodes, from which others follow",
            found=f"{len(layout.channels)} electrodes",
            next_step="leave --montage out",
        )
    path = Path(name)
    montage = _read(path) if path.suffix == ".tsv" else _standard(name)
    weights = _weights(layout, montage)
    if reference == "average":
        weights = weights - weights.mean(axis=0)
    positions = montage.get_positions()["ch_pos"]
    xyz = np.stack([positions[channel] for channel in montage.ch_names])
    return Montage(tuple(montage.ch_names), xyz, weights.astype(np.float32))


def _standard(name: str) -> mne.channels.DigMontage:
    try:
        with warnings.catch_warnings():  # older names, such as standard_1020, are deprecated
            warnings.simplefilter("ignore", FutureWarning)
            montage = mne.channels.make_standard_montage(name)
    except ValueError:
        # MNE hides its alias standard_1020
        known = ", ".join(sorted({*mne.channels.get_builtin_montages(), "standard_1020"}))
        raise UserError(
            f"montage {name}",
            expected=f"a .tsv file, or one of {known}",
            found=name,
            next_step="correct --montage",
        ) from None
    return mne.channels.montage.transform_to_head(montage)


def _read(path: Path) -> mne.channels.DigMontage:
    try:
        table = pd.read_csv(path, sep="\t", dtype={"name": str})
        positions = table[["x", "y", "z"]].to_numpy(float)
        names = table["name"].tolist()
    except FileNotFoundError:
        raise _unreadable(path, "no such file") from None
    except KeyError as error:
        raise _unreadable(path, str(error.args[0])) from None
    except ValueError as error:
        raise _unreadable(path, str(error)) from None
    distance_m = np.linalg.norm(positions, axis=1)
    if not (np.isfinite(positions).all() and len(names) and distance_m.max() < _LARGEST_M):
        raise _unreadable(path, f"positions up to {np.nanmax(distance_m, initial=0):g} m away")
    if len(set(names)) < len(names):
        raise _unreadable(path, "a name that occurs twice")
    return mne.channels.make_dig_montage(
        dict(zip(names, positions, strict=True)), coord_frame="head"
    )


def _unreadable(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="a tab-separated table of name, x, y and z, in metres and head coordinates",
        found=found,
        next_step="correct the file, or name a montage of MNE",
    )


def _weights(layout: EegLayout, montage: mne.channels.DigMontage) -> NDArray[np.float64]:
    """Weights of the trained electrodes at each new one, (C', C): MNE's splines of unit courses."""
    names = list(layout.channels)
    info = mne.create_info(names, layout.sfreq, "eeg")
    raw = mne.io.RawArray(np.eye(len(names)), info, verbose="error")
    positions = dict(zip(names, layout.positions_m, strict=True))
    raw.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    with mne.use_log_level("error"):
        weights: NDArray[np.float64] = raw.interpolate_to(montage, method="spline").get_data()
    return weights
