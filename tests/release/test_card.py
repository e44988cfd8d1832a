"""The data card."""

import re
import shutil

import h5py
import mlcroissant as mlc
import numpy as np
import pandas as pd
import pytest

from videeg_pipe.runtime.files import sha256_file


def test_card_starts_with_synthetic_and_lists_all_fields(released):
    card = (released / "README.md").read_text()
    assert "SYNTHETIC" in card.splitlines()[0]
    for text in (
        "generation",
        "This CLIP is untrained",
        "no formal privacy guarantee",
        "| train | 32 | 2 | 1 | 1 |",
        "Also in the training: 0 of its 1 video and 2 of its 2 people.",
        "people: scores on them do not carry over to new people",
        "simulated EEG",
        "1,234,567 parameters",
        "CC-BY-4.0",
        sha256_file(released / "videeg-gen.h5"),
    ):
        assert text in card
    with h5py.File(released / "videeg-gen.h5") as file:
        for name in file:
            assert f"| `{name}` | n" in card
        for name in file.attrs:
            assert f"`{name}`" in card


def test_people_whom_the_training_leaves_out_are_not_counted(make):
    assert "1 of its 1 person" in (make() / "README.md").read_text()
    assert "0 of its 1 person" in (make(left_out=["sub1"]) / "README.md").read_text()


def test_examples_run(released, tmp_path, monkeypatch):
    for name in ("videeg-gen.h5", "SHA256SUMS"):
        shutil.copy(released / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    blocks = re.findall(r"```python\n(.*?)```", (released / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    names: dict = {}
    for block in blocks:
        exec(block, names)  # our own card
    assert len(names["train"]) == 32
    assert len(names["epochs"]) == 16
    assert {name: len(split) for name, split in names["splits"].items()}["train"] == 32
    assert names["test"][0]["concept"] == names["epochs"].metadata["concept"].iloc[0]  # text
    epochs = names["epochs"].get_data(units="uV")  # kept in volts
    np.testing.assert_allclose(names["test"][:]["eeg"], epochs, rtol=1e-6)
    assert names["eeg"].shape == epochs.shape[1:]


def test_licence_is_the_legal_text(released):
    text = (released / "LICENSE").read_text()
    assert text.startswith("Attribution 4.0 International\n")
    assert all(f"\nSection {number} -- " in text for number in range(1, 9))
    assert text.endswith("Creative Commons may be contacted at creativecommons.org.\n")


@pytest.mark.parametrize("field", ["concept", "title"])
def test_markup_in_labels_is_escaped(small, make, field):
    hostile = "<script>alert(1)</script> | [a](http://b) `*x*` ![](c)\n# Ünïcode"
    if field == "concept":
        path = small / "windows.parquet"
        windows = pd.read_parquet(path).assign(concept=hostile)
        windows.to_parquet(path, index=False)
        folder = make()
    else:
        folder = make(title=hostile)
    with h5py.File(folder / "videeg-gen.h5") as file:
        stored = file["concept"].asstr()[0] if field == "concept" else file.attrs["title"]
    assert stored == hostile
    card = (folder / "README.md").read_text()
    prose = re.sub(r"```.*?```", "", card, flags=re.DOTALL)
    assert "<script>" not in prose
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\[a\\](http://b) \\`\\*x\\*\\`" in prose
    assert "\n# Ünïcode" not in card
    mlc.Dataset(str(folder / "croissant.json"))
