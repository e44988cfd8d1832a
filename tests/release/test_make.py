import json
import re
import subprocess

import h5py
import mlcroissant as mlc
import numpy as np
import pandas as pd
import pytest

from tests.release.parts import NAMES, OUTPUTS, part
from videeg_pipe.release import merge
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array, sha256_file


def test_seven_files_and_nothing_else(released):
    assert sorted(path.name for path in released.iterdir()) == sorted(NAMES)


def test_checksums_hold(released):
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=released, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len(OUTPUTS) - 1


def test_splits_name_every_sample_once(released):
    split = json.loads((released / "dataset_split.json").read_text())
    with h5py.File(released / "videeg-gen.h5") as file:
        ids, splits = file["sample_id"].asstr()[:], file["split"].asstr()[:]
    for name, part_ in split["splits"].items():
        assert part_["sample_ids"] == ids[splits == name].tolist()
        assert part_["n"] == len(part_["sample_ids"])
    assert split["splits"]["train"]["blocks"] == [1]
    assert split["splits"]["test"]["subjects"] == ["sub1"]
    assert split["disjoint"] == {
        "subject": False,
        "block": True,
        "video": True,
        "stretch_of_video": True,
    }
    assert split["rule"] == "by block, never at random over windows"


def test_manifest_leads_from_each_sample_to_its_origin(released):
    manifest = pd.read_parquet(released / "manifest.parquet")
    with h5py.File(released / "videeg-gen.h5") as file:
        assert manifest["sample_id"].tolist() == file["sample_id"].asstr()[:].tolist()
        for row in (0, 33, 69):
            assert sha256_array(file["eeg"][row]) == manifest["sha256"][row]
        np.testing.assert_array_equal(manifest["seed"], file["seed"][:])
    assert manifest["row"].tolist() == list(range(70))
    assert manifest["checkpoint_sha256"].unique().tolist() == ["c" * 64]
    assert manifest["config_sha256"].unique().tolist() == ["d" * 64]


def test_croissant_is_valid_and_reads_the_records(released, monkeypatch):
    path = released / "croissant.json"
    document = json.loads(path.read_text())
    files = {file["@id"]: file for file in document["distribution"]}
    h5 = files["videeg-gen.h5"]
    assert h5["encodingFormat"] == "application/x-hdf5"
    assert h5["sha256"] == sha256_file(released / "videeg-gen.h5")
    assert document["isLiveDataset"] is False
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    dataset = mlc.Dataset(str(path))
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    records = list(dataset.records("samples"))
    assert len(records) == 70
    manifest = pd.read_parquet(released / "manifest.parquet")
    assert records[7]["samples/sha256"].decode() == manifest["sha256"][7]
    assert records[7]["samples/seed"] == manifest["seed"][7]


def test_card_says_synthetic_first(released):
    card = (released / "README.md").read_text()
    assert "SYNTHETIC" in card.splitlines()[0]
    for said in (
        "generation",
        "This CLIP is untrained",
        "no formal privacy guarantee",
        "| train | 32 | 2 | 1 | 1 |",
        "people: scores on them say nothing about new people",
        "simulated EEG",
        "1,234,567 parameters",
        "CC-BY-4.0",
        sha256_file(released / "videeg-gen.h5"),
    ):
        assert said in card
    with h5py.File(released / "videeg-gen.h5") as file:
        for name in file:
            assert f"| `{name}` | n" in card
        for name in file.attrs:
            assert f"`{name}`" in card


def test_card_examples_run(released, monkeypatch):
    monkeypatch.chdir(released)
    blocks = re.findall(r"```python\n(.*?)```", (released / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        names: dict = {}
        exec(block, names)  # our own card
    assert len(names["train"]) == 32
    assert len(names["epochs"]) == 16


def test_licence_is_the_legal_text(released):
    text = (released / "LICENSE").read_text()
    assert text.startswith("Attribution 4.0 International\n")
    assert all(f"\nSection {number} -- " in text for number in range(1, 9))
    assert text.endswith("Creative Commons may be contacted at creativecommons.org.\n")


@pytest.mark.parametrize("field", ["concept", "title"])
def test_markup_in_text_stays_text(small, make, field):
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


def test_interrupted_merge_leaves_the_old_release_alone(small, make, monkeypatch):
    folder = make()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read = merge.video_features

    def killed(*args, **kwargs):
        read(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(merge, "video_features", killed)
    with pytest.raises(KeyboardInterrupt):
        make(version="2.0.0")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_bad_sample_leaves_the_old_release_alone(small, make):
    folder = make()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (part(small, 1).with_suffix(".zarr") / "eeg" / "c" / "5" / "0" / "0").unlink()
    with pytest.raises(UserError):
        make()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_no_release_of_samples_that_saw_recorded_eeg(small, make):
    manifest = json.loads(part(small, 0).read_text()) | {"protocol": "reconstruction"}
    part(small, 0).write_text(json.dumps(manifest))
    with pytest.raises(UserError, match="reconstruction"):
        make()
    assert not (small / "release").exists()
