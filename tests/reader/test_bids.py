"""A release as a BIDS derivative."""

import json
import re

import mne_bids
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from tests.bids_validator import errors
from tests.reader.releases import RATES, WORDS, drawn, write
from videeg_pipe import __version__, load_release
from videeg_pipe.contracts.montage import electrode_positions

TOP = {"dataset_description.json", "README", "participants.tsv", "participants.json", "stimuli"}
NAME = re.compile(
    r"sub-([A-Za-z0-9]+)_(task-video_desc-[a-z]+_(eeg\.(eeg|vhdr|vmrk|json)|channels\.tsv"
    r"|events\.(tsv|json))|space-CapTrak_(electrodes\.(tsv|json)|coordsystem\.json))"
)


@pytest.fixture(scope="module")
def bids(released, tmp_path_factory):
    release = load_release(released / "videeg-gen.h5")
    return release, release.to_bids(tmp_path_factory.mktemp("bids") / "derivative")


def test_recordings_return_through_mne_bids(bids):
    release, folder = bids
    n = 0
    for path in mne_bids.find_matching_paths(folder, extensions=".vhdr"):
        raw = mne_bids.read_raw_bids(path, verbose="error")
        part = release.select(subject=path.subject, split=path.description)
        n += len(part)
        uv = raw.get_data().reshape(62, len(part), 200).swapaxes(0, 1) * 1e6
        np.testing.assert_allclose(uv, part.values("eeg"), rtol=1e-6, atol=1e-7)
        assert raw.annotations.description.tolist() == part.values("concept").tolist()
        assert raw.annotations.duration.tolist() == [1.0] * len(part)
        extras = pd.DataFrame(raw.annotations.extras)
        assert all((folder / "stimuli" / name).is_file() for name in extras["stim_file"])
        for name in ("sample_id", "video_id", "label", "concept_id", "video_time_s", "seed"):
            assert extras[name].tolist() == part.values(name).tolist()
        placed = raw.get_montage().get_positions()
        assert placed["coord_frame"] == "head"
        np.testing.assert_allclose(
            list(placed["ch_pos"].values()), release.channel_positions_m, atol=1e-7
        )
        assert [name.upper() for name in raw.ch_names] == release.channel_names
    assert n == len(release)


def test_the_official_validator_finds_no_error(bids):
    assert errors(bids[1]) == []


def test_it_is_a_derivative_with_the_files_of_bids(bids):
    _, folder = bids
    described = json.loads((folder / "dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative"
    assert described["GeneratedBy"][0]["Name"] == "VidEEG-Gen"
    assert described["GeneratedBy"][0]["Version"] == __version__
    assert (described["License"], described["Authors"]) == (
        "CC-BY-4.0",
        ["VidEEG-Gen contributors"],
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", described["BIDSVersion"])
    people = pd.read_csv(folder / "participants.tsv", sep="\t")
    assert people["participant_id"].tolist() == ["sub-sub1", "sub-sub2"]
    assert people["release_subject"].tolist() == ["sub1", "sub2"]
    assert {path.name for path in folder.iterdir()} == TOP | set(people["participant_id"])
    for subject in people["participant_id"]:
        assert {path.name for path in (folder / subject).iterdir()} <= {
            "eeg",
            f"{subject}_scans.tsv",
        }
        names = [path.name for path in (folder / subject / "eeg").iterdir()]
        assert all(NAME.fullmatch(name) and name.startswith(f"{subject}_") for name in names)


def test_sidecars_state_what_bids_requires(bids):
    _, folder = bids
    for path in folder.rglob("*_eeg.json"):
        facts = json.loads(path.read_text())
        assert {"TaskName", "SamplingFrequency", "EEGReference", "PowerLineFrequency"} <= set(facts)
        assert facts["SoftwareFilters"]["Band-pass"] == {
            "Low edge (Hz)": 0.5,
            "High edge (Hz)": 40.0,
        }
        assert facts["RecordingType"] == "discontinuous"
        events = pd.read_csv(
            path.with_name(path.name.replace("_eeg.json", "_events.tsv")), sep="\t"
        )
        assert list(events)[:2] == ["onset", "duration"]
        described = json.loads(
            path.with_name(path.name.replace("_eeg.json", "_events.json")).read_text()
        )
        assert set(events) <= set(described)
        assert not events.isna().any().any()


@settings(max_examples=4, deadline=None)
@given(drawn(words=WORDS), RATES)
def test_any_release_returns_from_bids(tmp_path_factory, drawing, sfreq):
    eeg, channels, labels = drawing
    folder = tmp_path_factory.mktemp("drawn")
    write(folder / "release.h5", drawing, sfreq).to_bids(folder / "bids")
    assert errors(folder / "bids") == []
    found = {}
    for path in mne_bids.find_matching_paths(folder / "bids", extensions=".vhdr"):
        raw = mne_bids.read_raw_bids(path, verbose="error")
        assert [name.upper() for name in raw.ch_names] == list(channels)
        assert raw.info["sfreq"] == sfreq
        assert set(raw.get_channel_types()) == {"eeg"}
        placed = raw.get_montage().get_positions()["ch_pos"].values()
        np.testing.assert_allclose(list(placed), electrode_positions(tuple(channels)), atol=1e-6)
        windows = raw.get_data().reshape(len(channels), -1, eeg.shape[2]).swapaxes(0, 1) * 1e6
        events = pd.read_csv(
            path.copy().update(suffix="events", extension=".tsv").fpath,
            sep="\t", dtype=str, keep_default_na=False,
        )  # fmt: skip
        starts_s = np.arange(len(windows)) * eeg.shape[2] / sfreq
        np.testing.assert_allclose(events["onset"].astype(float), starts_s, atol=1e-9)
        for window, (_, event) in zip(windows, events.iterrows(), strict=True):
            found[event["sample_id"]] = (window, event["trial_type"], event["video_id"])
    assert sorted(found) == sorted(labels["sample_id"])
    for place, name in enumerate(labels["sample_id"]):
        window, concept, video = found[name]
        np.testing.assert_allclose(window, eeg[place], rtol=1e-6, atol=1e-6)
        assert (concept, video) == (labels["concept"][place], labels["video_id"][place])
