"""SEED-DV's electrodes."""

import mne
import numpy as np
import pytest

from videeg_pipe.contracts.montage import (
    REGIONS,
    SEED_DV_CHANNELS,
    electrode_positions,
    electrode_regions,
)
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


def test_regions_are_a_partition_of_the_62_electrodes():
    sizes = {name: len(members) for name, members in REGIONS.items()}
    assert sizes == {"frontal": 14, "central": 14, "temporal": 6, "parietal": 16, "occipital": 12}
    named = [name for members in REGIONS.values() for name in members]
    assert sorted(named) == sorted(SEED_DV_CHANNELS)
    found = electrode_regions(SEED_DV_CHANNELS, electrode_positions())
    assert sorted(i for members in found.values() for i in members) == list(range(62))
    assert found["temporal"] == [14, 22, 23, 31, 32, 40]
    assert found["occipital"] == list(range(50, 62))


def test_regions_of_another_cap_follow_its_positions():
    montage = mne.channels.make_standard_montage("biosemi32")
    xyz = electrode_positions(tuple(montage.ch_names))
    numbered = [f"E{i}" for i in range(32)]  # names without meaning
    larger = electrode_regions(numbered, 1.1 * xyz)
    for region, members in electrode_regions(numbered, xyz).items():
        assert larger[region] == members
        expected = {"frontal": "FAC", "central": "CF", "temporal": "TF", "parietal": "PC"}
        first = {montage.ch_names[i][0].upper() for i in members}
        assert first <= set(expected.get(region, "PO"))


def test_a_region_without_electrode_is_left_out():
    names = ("Oz", "O1", "Fz")
    assert electrode_regions(names, electrode_positions(names)) == {
        "frontal": [2],
        "occipital": [0, 1],
    }
