"""SEED-DV's electrodes."""

import mne
import numpy as np
import pytest

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.runtime.errors import UserError


def test_seed_dv_has_62_electrodes_in_place():
    assert len(set(SEED_DV_CHANNELS)) == 62
    assert SEED_DV_CHANNELS[0] == "FP1"
    assert SEED_DV_CHANNELS[50] == "PO7"  # GLMNet's local branch starts here
    assert SEED_DV_CHANNELS[61] == "CB2"
    xyz = dict(zip(SEED_DV_CHANNELS, electrode_positions(), strict=True))
    radius = [np.linalg.norm(p) for p in xyz.values()]
    assert 0.06 < min(radius) < max(radius) < 0.15  # metres from the head's origin
    left, right = xyz["CB1"], xyz["CB2"]
    assert left[0] < 0 < right[0]
    assert left[1] < xyz["O1"][1] + 0.04  # at the back
    assert left[2] < xyz["PO7"][2]  # and below


def test_positions_are_in_head_coordinates():
    info = mne.create_info(["Cz", "Oz"], 200.0, "eeg").set_montage("colin27_1005")
    ours = electrode_positions(("Cz", "OZ"))
    np.testing.assert_allclose(ours, [channel["loc"][:3] for channel in info["chs"]], atol=1e-9)
    # the ears are the origin's height, so the vertex is about twice as far as from the middle
    assert ours[0, 2] > 0.12


def test_an_unknown_electrode_is_named():
    with pytest.raises(UserError, match="QX7"):
        electrode_positions(("CZ", "QX7"))
