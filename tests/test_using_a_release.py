"""The examples of docs/using-a-release.md and README.md run, in their order."""

import shutil
import sys

import pytest
import torch

from tests.pages import code_blocks


@pytest.mark.slow
def test_examples_of_the_page(released, tmp_path, monkeypatch):
    for name in ("videeg-gen.h5", "SHA256SUMS"):
        shutil.copy(released / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "moabb", None)  # braindecode 0.8.1 fails beside MOABB
    torch.manual_seed(0)
    names = {}
    exec("\n".join(code_blocks("docs/using-a-release.md", "python")), names)
    assert names["sample"]["eeg"].shape == (62, 200)
    assert names["batch"].num_graphs <= 16
    assert 0 <= names["accuracy"] <= 1
    assert len(names["scores"]) == len(names["release"].subjects)
    assert len(names["epochs"]) == len(names["test"]) == 16
    assert torch.isfinite(names["loss"])
    assert names["per_sample"].shape[1] == 8
    for made in ("derivative/participants.tsv", "hub/README.md", "release.zarr/.zattrs"):
        assert (tmp_path / made).is_file()


def test_the_example_of_the_readme(released, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "release").symlink_to(released)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec("\n".join(code_blocks("README.md", "python")), names)
    assert names["sample"]["eeg"].shape == (62, 200)
    assert names["X"].shape[1:] == (62, 200)
