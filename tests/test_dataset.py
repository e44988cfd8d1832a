import pickle

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

from tests.reader.releases import damaged
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.dataset import VidEEGDataset, to_epochs
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def h5(released):
    return released / "videeg-gen.h5"


def test_samples_of_a_split(h5, results):
    root, eeg = results
    windows = pd.read_parquet(root / "windows.parquet").query("released")
    rows = np.flatnonzero(windows["split"] == "validation")
    data = VidEEGDataset(h5, split="validation")
    assert len(data) == len(rows)
    for place in (0, len(rows) - 1, -1):
        sample = data[place]
        window = windows.iloc[rows[place]]
        torch.testing.assert_close(sample["eeg"], torch.from_numpy(eeg[rows[place]]))
        assert sample["sample_id"] == window["window_id"]
        assert sample["concept_id"] == window["concept_id"]
        assert sample["clip_features"].shape == (4, 768)
    with pytest.raises(IndexError):
        data[len(data)]
    assert data.sfreq == 200.0
    assert tuple(data.channel_names) == SEED_DV_CHANNELS


def test_scaled_samples_fill_minus_one_to_one(h5):
    data = VidEEGDataset(h5, fields=["eeg"], scaled=True)
    peaks = torch.stack([data[i]["eeg"].abs().max() for i in range(1, 70)])
    assert peaks.max() <= 1
    torch.testing.assert_close(peaks, torch.ones(69))


@pytest.mark.parametrize("method", ["spawn", "fork"])
@pytest.mark.slow
def test_workers_read_what_one_process_reads(h5, method):
    data = VidEEGDataset(h5)
    expected = [data[i] for i in range(len(data))]  # the file is open when the workers start
    loader = DataLoader(data, batch_size=10, num_workers=2, multiprocessing_context=method)
    batches = list(loader)
    torch.testing.assert_close(
        torch.cat([batch["eeg"] for batch in batches]), torch.stack([s["eeg"] for s in expected])
    )
    names = [name for batch in batches for name in batch["sample_id"]]
    assert names == [sample["sample_id"] for sample in expected]


def test_pickles_with_the_file_open(h5):
    data = VidEEGDataset(h5, split="test")
    first = data[0]
    again = pickle.loads(pickle.dumps(data))
    torch.testing.assert_close(again[0]["eeg"], first["eeg"])
    assert again[0]["sample_id"] == first["sample_id"]
    assert len(again) == len(data) == 16


@pytest.mark.parametrize(
    ("arguments", "found"),
    [({"split": "dev"}, "found dev"), ({"fields": ["eeg", "labels"]}, "found labels")],
)
def test_what_there_is_not(h5, arguments, found):
    with pytest.raises(UserError, match=found):
        VidEEGDataset(h5, **arguments)


def test_missing_and_broken_files(h5, tmp_path):
    with pytest.raises(UserError, match="no such file"):
        to_epochs(tmp_path / "none.h5")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(h5.read_bytes()[:5000])
    with pytest.raises(UserError, match="SHA256SUMS"):
        VidEEGDataset(broken)


def test_a_damaged_sample_is_refused_in_one_line(h5, tmp_path):
    path = damaged(h5, tmp_path / "damaged.h5")
    data = VidEEGDataset(path)
    assert data[2]["sample_id"]
    for read in (lambda: data[3], lambda: to_epochs(path)):
        with pytest.raises(UserError, match=r"it is damaged; download it again, and check it"):
            read()


def test_epochs_are_volts_with_montage_and_metadata(h5, results):
    _, eeg = results
    epochs = to_epochs(h5)
    np.testing.assert_allclose(epochs.get_data(), eeg * 1e-6, rtol=1e-6)
    assert tuple(epochs.ch_names) == SEED_DV_CHANNELS
    assert set(epochs.get_channel_types()) == {"eeg"}
    assert (epochs.info["sfreq"], epochs.tmin) == (200.0, 0.0)
    placed = epochs.get_montage().get_positions()
    assert placed["coord_frame"] == "head"
    np.testing.assert_allclose(
        np.array([placed["ch_pos"][name] for name in SEED_DV_CHANNELS]), electrode_positions(),
        atol=1e-7,
    )  # fmt: skip
    with h5py.File(h5) as file:
        for name in ("subject", "concept", "emotion", "video_id", "split", "sample_id"):
            assert epochs.metadata[name].tolist() == file[name].asstr()[:].tolist()
        np.testing.assert_array_equal(epochs.metadata["video_time_s"], file["video_time_s"][:])
        np.testing.assert_array_equal(epochs.events[:, 2], file["concept_id"][:])
    assert epochs.event_id == {f"concept {i}": i for i in range(1, 5)}
    assert "SYNTHETIC" in epochs.info["description"]


def test_epochs_of_a_part(h5):
    everything = to_epochs(h5).metadata
    part = to_epochs(h5, split="train", subject="sub2")
    wanted = everything.query("split == 'train' and subject == 'sub2'")
    assert part.metadata["sample_id"].tolist() == wanted["sample_id"].tolist()
    assert len(part["concept 1"]) == (wanted["concept_id"] == 1).sum()
    with pytest.raises(UserError, match="nobody"):
        to_epochs(h5, subject="nobody")
