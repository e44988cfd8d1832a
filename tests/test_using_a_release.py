"""The examples of docs/using-a-release.md and README.md run, in their order."""

import shutil
import sys
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from tests.pages import code_blocks, indented_blocks
from videeg_pipe.runtime.files import sha256_file

PAGE = "docs/using-a-release.md"


class OneLayer(nn.Sequential):
    """Stands in for torcheeg's EEGNet, which cannot be installed beside this package."""

    def __init__(self, chunk_size: int, num_electrodes: int, num_classes: int) -> None:
        super().__init__(nn.Flatten(), nn.Linear(chunk_size * num_electrodes, num_classes))


@pytest.mark.slow
def test_examples_of_the_page(released, tmp_path, monkeypatch):
    shutil.copy(released / "videeg-gen.h5", tmp_path)
    with h5py.File(tmp_path / "videeg-gen.h5", "r+") as file:
        file["eeg"][0] = file["eeg"][1]  # of zeros: no covariance
    sums = f"{sha256_file(tmp_path / 'videeg-gen.h5')}  videeg-gen.h5\n"
    (tmp_path / "SHA256SUMS").write_text(sums)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    names = {}
    exec("\n".join(code_blocks(PAGE, "python")), names)
    assert names["sample"]["eeg"].shape == (62, 200)
    assert names["batch"].num_graphs <= 16
    assert 0 <= names["accuracy"] <= 1
    assert len(names["scores"]) == len(names["release"].subjects)
    assert len(names["epochs"]) == len(names["test"]) == 16
    assert torch.isfinite(names["loss"])
    assert set(names["network"].predict(names["X"] / 10)) <= set(names["y"])
    cut = names["paradigm"].get_data(names["dataset"])[0]  # MOABB's windows are the samples
    by_subject = np.concatenate(
        [names["train"].select(subject=who).to_numpy()[0] for who in names["release"].subjects]
    )
    np.testing.assert_allclose(cut, by_subject, atol=1e-4)
    assert len(names["table"]) == len(names["release"].subjects)
    assert names["table"]["score"].between(0, 1).all()
    assert names["per_sample"].shape[1] == 8
    for made in ("derivative/participants.tsv", "hub/README.md", "release.zarr/.zattrs"):
        assert (tmp_path / made).is_file()

    [other] = [block for block in indented_blocks(PAGE) if "torcheeg" in block]
    monkeypatch.setitem(sys.modules, "torcheeg.models", SimpleNamespace(EEGNet=OneLayer))
    names = {}
    exec(other, names)
    assert torch.isfinite(names["loss"])
    assert names["eeg"].shape[1:] == (1, 62, 200)


def test_the_example_of_the_readme(released, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "release").symlink_to(released)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec("\n".join(code_blocks("README.md", "python")), names)
    assert names["sample"]["eeg"].shape == (62, 200)
    assert names["X"].shape[1:] == (62, 200)
