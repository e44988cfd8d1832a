"""A release as a torch data set, and in worker processes."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from videeg_pipe import load_release
from videeg_pipe.dataset import VidEEGDataset


@pytest.fixture
def release(released):
    return load_release(released / "videeg-gen.h5")


def test_tensors_of_the_chosen_fields(release):
    part = release.select(split="validation")
    data = part.to_torch(fields=("eeg", "clip_features", "label", "subject"))
    assert isinstance(data, VidEEGDataset)
    assert len(data) == len(part)
    sample = data[2]
    assert list(sample) == ["eeg", "clip_features", "label", "subject"]
    np.testing.assert_array_equal(sample["eeg"].numpy(), part[2]["eeg"])
    assert (sample["clip_features"].dtype, sample["clip_features"].shape) == (
        torch.float16,
        (4, 768),
    )
    assert (sample["label"], sample["subject"]) == (part[2]["label"], part[2]["subject"])
    assert list(part.to_torch()[0]) == list(part[0])


def test_scaled_samples_use_the_scale_of_their_row(release):
    part = release.select(split="test")
    scaled = part.to_torch(scaled=True)
    eeg = scaled[5]["eeg"]
    torch.testing.assert_close(eeg, torch.from_numpy(part[5]["eeg"] / abs(part[5]["eeg"]).max()))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.slow
def test_workers_of_any_start_method_read_each_sample_once(release, method):
    assert release[0]["label"] == 0  # the file is open when the workers start
    loader = DataLoader(
        release.to_torch(),
        batch_size=4,
        shuffle=True,
        num_workers=8 if method == "spawn" else 2,
        multiprocessing_context=method,
    )
    read = {}
    for batch in loader:
        for name, eeg in zip(batch["sample_id"], batch["eeg"], strict=True):
            assert name not in read
            read[name] = eeg
    assert len(read) == len(release)
    for sample in release:
        np.testing.assert_array_equal(read[sample["sample_id"]].numpy(), sample["eeg"])
