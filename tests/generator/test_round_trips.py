"""Any generated EEG returns from each format within the format's resolution."""

import html
import json
from dataclasses import fields

import h5py
import mne_bids
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.bids_validator import errors
from tests.generator.test_formats import READ, RESOLUTION_UV
from tests.reader.releases import ANY_TEXT, ELECTRODES
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.reader.mne_epochs import standard_spelling

WITH_POSITIONS = (".fif", ".set", ".h5", ".zarr", "")


@st.composite
def recordings(draw):
    """Draw EEG of one or two draws with electrodes in any order."""
    channels = tuple(draw(st.permutations(ELECTRODES))[: draw(st.integers(3, 6))])
    shape = draw(st.integers(1, 2)), len(channels), draw(st.integers(2, 700))
    uv = st.floats(-500, 500, width=32, allow_subnormal=False)
    return GeneratedEeg(
        draw(arrays.arrays(np.float32, shape, elements=uv)),
        channels,
        electrode_positions(channels) + draw(st.floats(-0.01, 0.01)),
        draw(st.sampled_from((100.0, 128.0, 200.0, 250.0, 512.0))),
        (0.5, 40.0),
        f"{draw(ANY_TEXT.filter(str.strip))}.mp4",
        {"person": {"name": draw(st.sampled_from((None, "sub1", "person-2")))}},
    )


def check(raw, eeg, draw, ending):
    """Compare EEG in MNE with what was generated."""
    assert raw.ch_names == standard_spelling(eeg.channels)
    assert raw.info["sfreq"] == eeg.sfreq
    assert set(raw.get_channel_types()) == {"eeg"}
    uv = 1e6 * raw.get_data()[:, : eeg.data.shape[2]]
    np.testing.assert_allclose(uv, eeg.data[draw], atol=RESOLUTION_UV.get(ending, 1e-3))
    if ending in WITH_POSITIONS:
        placed = raw.get_montage().get_positions()
        places = [placed["ch_pos"][name] for name in raw.ch_names]
        np.testing.assert_allclose(places, eeg.positions_m, atol=1e-6)
    shown = [one for one in raw.annotations if "SYNTHETIC" in one["description"]]
    assert len(shown) == 1
    # FIF has Latin-1 alone; other letters become references as in HTML
    words = html.unescape(shown[0]["description"]).split()
    assert " ".join(words).endswith(" ".join(f"SYNTHETIC {html.unescape(eeg.stimulus)}".split()))
    assert shown[0]["onset"] == 0
    # exported to BrainVision, a duration loses up to one sample
    assert shown[0]["duration"] == pytest.approx(eeg.seconds, abs=1.5 / eeg.sfreq)


@pytest.mark.parametrize("ending", READ)
@settings(max_examples=8, deadline=None)
@given(recordings())
def test_formats_of_mne(tmp_path_factory, ending, eeg):
    paths = eeg.save(tmp_path_factory.mktemp("eeg") / f"eeg{ending}")
    assert len(paths) == len(eeg.data)
    for draw, path in enumerate(paths):
        check(READ[ending](path, preload=True, verbose="error"), eeg, draw, ending)


@settings(max_examples=4, deadline=None)
@given(recordings())
def test_bids(tmp_path_factory, eeg):
    folder = tmp_path_factory.mktemp("eeg") / "bids"
    eeg.save(folder)
    assert errors(folder) == []
    paths = mne_bids.find_matching_paths(folder, extensions=".vhdr")
    assert len(paths) == len(eeg.data)
    for draw, path in enumerate(paths):
        raw = mne_bids.read_raw_bids(path, verbose="error")
        check(raw, eeg, draw, "")
        (extra,) = raw.annotations.extras
        assert extra["stimulus"] == " ".join(eeg.stimulus.split())


@settings(max_examples=15, deadline=None)
@given(recordings())
def test_arrays(tmp_path_factory, eeg):
    folder = tmp_path_factory.mktemp("eeg")
    for ending in (".h5", ".zarr"):
        eeg.save(folder / f"eeg{ending}")
    group = zarr.open_group(folder / "eeg.zarr", mode="r")
    with h5py.File(folder / "eeg.h5") as file:
        for stored in (file, group):
            assert (stored["eeg"][:] == eeg.data).all()
            facts = stored.attrs
            assert list(facts["channel_names"]) == list(eeg.channels)
            np.testing.assert_array_equal(facts["channel_positions_m"], eeg.positions_m)
            assert (facts["units"], facts["sfreq"]) == ("uV", eeg.sfreq)
            assert facts["stimulus"] == eeg.stimulus
            assert json.loads(facts["provenance"]) == eeg.provenance


@pytest.mark.parametrize("ending", [".h5", ".zarr"])
@settings(max_examples=8, deadline=None)
@given(recordings())
def test_arrays_return_and_become_raw(tmp_path_factory, ending, eeg):
    path = tmp_path_factory.mktemp("eeg") / f"eeg{ending}"
    eeg.save(path)
    found = GeneratedEeg.load(path)
    for field in fields(GeneratedEeg):
        stored, made = getattr(found, field.name), getattr(eeg, field.name)
        assert type(stored) is type(made)
        np.testing.assert_array_equal(stored, made)
    assert found.data.dtype == np.float32
    for draw in range(len(eeg.data)):
        check(found.to_mne(draw), eeg, draw, ending)
