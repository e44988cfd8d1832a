"""A release as MNE epochs."""

import mne
import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.reader import write_samples
from tests.reader.releases import RATES, WORDS, drawn, write
from videeg_pipe import load_release
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.reader.mne_epochs import standard_spelling
from videeg_pipe.runtime.errors import UserError


@settings(max_examples=10, deadline=None)
@given(drawn(words=WORDS), RATES)  # MNE's own files cannot hold all names of events
def test_epochs_of_any_release_return_to_it(tmp_path_factory, drawing, sfreq):
    eeg, channels, labels = drawing
    folder = tmp_path_factory.mktemp("drawn")
    made = write(folder / "release.h5", drawing, sfreq).to_mne()
    made.save(folder / "release-epo.fif", verbose="error")
    read = mne.read_epochs(folder / "release-epo.fif", verbose="error")
    for name, epochs in {"made": made, "read": read}.items():
        np.testing.assert_allclose(epochs.get_data() * 1e6, eeg, rtol=1e-6, atol=1e-9)
        assert [name.upper() for name in epochs.ch_names] == list(channels)
        assert epochs.metadata["concept"].tolist() == labels["concept"]
        assert epochs.metadata["sample_id"].tolist() == labels["sample_id"]
        assert epochs.events[:, 2].tolist() == labels["concept_id"]
        placed = epochs.get_montage().get_positions()["ch_pos"].values()
        np.testing.assert_allclose(list(placed), electrode_positions(tuple(channels)), atol=1e-7)
        assert (epochs.info["sfreq"], epochs.tmin) == (sfreq, 0.0)
        again = folder / f"{name}.h5"
        names = [one.upper() for one in epochs.ch_names]
        uv = (epochs.get_data() * 1e6).astype(np.float32)
        write_samples(again, uv, names, {field: epochs.metadata[field] for field in labels})
        returned = load_release(again)
        times_s = labels["video_time_s"]  # MNE stores ten decimal places
        np.testing.assert_allclose(returned.values("video_time_s"), times_s, atol=1e-9)
        for field in set(labels) - {"video_time_s"}:
            assert returned.values(field).tolist() == labels[field]
        np.testing.assert_allclose(returned.values("eeg"), eeg, rtol=1e-6, atol=1e-9)


def test_names_and_filters_are_those_of_mne(released):
    release = load_release(released / "videeg-gen.h5").select(split="validation", subject="sub2")
    epochs = release.to_mne()
    assert len(epochs) == len(release)
    assert epochs.ch_names[:3] + epochs.ch_names[-5:-1] == [
        "Fp1", "Fpz", "Fp2", "CB1", "O1", "Oz", "O2",
    ]  # fmt: skip
    assert (epochs.info["highpass"], epochs.info["lowpass"]) == (0.5, 40.0)
    epochs.set_montage("biosemi64", on_missing="warn", verbose="error")
    assert epochs.get_montage().ch_names[9] == "Fz"
    with pytest.raises(UserError, match="found none; choose another part"):
        release[:0].to_mne()


def test_spelling_that_would_clash_is_kept():
    assert standard_spelling(["FZ", "fpz", "POZ", "X1"]) == ["Fz", "Fpz", "POz", "X1"]
    assert standard_spelling(["FZ", "Fz"]) == ["FZ", "Fz"]
