"""Files with electrode positions in any system, and their reading."""

import json

import mne
import numpy as np
import pandas as pd

from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.sources.bids.positions import place_electrodes

NAMES = ["Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz"]
NAMES += ["C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "Oz", "O2"]
TRUTH = electrode_positions(tuple(NAMES))
HEAD = {"NAS": [0, 0.1, 0], "LPA": [-0.08, 0, 0], "RPA": [0.08, 0, 0]}


def ras(xyz):
    return np.asarray(xyz)


def als(xyz):
    x, y, z = np.asarray(xyz).T
    return np.column_stack([y, -x, z])


def ars(xyz):
    x, y, z = np.asarray(xyz).T
    return np.column_stack([y, x, z])


def write(
    folder,
    system,
    to=ras,
    *,
    per_m=1000,
    unit="mm",
    names=NAMES,
    landmarks=False,
    space="",
    xyz=TRUTH,
):
    """Write positions, in head coordinates, as a file in another system would state them."""
    stated = to(xyz) * per_m
    table = pd.DataFrame({"name": names, "x": stated[:, 0], "y": stated[:, 1], "z": stated[:, 2]})
    table.to_csv(folder / f"sub-01{space}_electrodes.tsv", sep="\t", index=False)
    facts = {"EEGCoordinateSystem": system, "EEGCoordinateUnits": unit}
    if landmarks:
        points = to(list(HEAD.values())) * per_m
        facts["AnatomicalLandmarkCoordinates"] = dict(zip(HEAD, points.tolist(), strict=True))
    (folder / f"sub-01{space}_coordsystem.json").write_text(json.dumps(facts))


def place(folder, electrodes="auto", names=NAMES, montage=None):
    """Positions and findings."""
    info = mne.create_info(list(names), 100.0, "eeg")
    raw = mne.io.RawArray(np.zeros((len(names), 10)), info, verbose="error")
    if montage is not None:
        raw.set_montage(montage)
    findings = []
    place_electrodes(folder / "sub-01_task-video_eeg.edf", raw, electrodes, findings)
    positions = np.array([channel["loc"][:3] for channel in raw.info["chs"]])
    return positions, [(finding.action, finding.what) for finding in findings]
