"""A release as Parquet files, which `datasets` reads."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import given, settings

from tests.reader.releases import RATES, drawn, write
from videeg_pipe import load_release
from videeg_pipe.reader import huggingface


def card(folder):
    """Front matter of README.md."""
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def test_files_of_each_split_are_named_in_the_card(released, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface, "_SHARD", 20)
    monkeypatch.setattr(huggingface, "_ROWS", 8)
    release = load_release(released / "videeg-gen.h5", fields=("eeg", "clip_features"))
    folder = release.to_huggingface(tmp_path / "hub")
    facts = card(folder)
    assert (facts["license"], facts["pretty_name"]) == ("cc-by-4.0", "VidEEG-Gen")
    (config,) = facts["configs"]
    assert config["config_name"] == "default"
    named = set()
    for entry in config["data_files"]:
        files = sorted(folder.glob(entry["path"]))
        named |= set(files)
        part = release.select(split=entry["split"])
        table = pa.concat_tables([pq.read_table(file) for file in files])
        assert len(table) == len(part)
        assert table["sample_id"].to_pylist() == part.values("sample_id").tolist()
        np.testing.assert_array_equal(table["eeg"].to_pylist(), part.values("eeg"))
        np.testing.assert_array_equal(
            np.array(table["clip_features"].to_pylist(), np.float16), part.values("clip_features")
        )
        assert table.schema.field("concept").type in (pa.string(), pa.large_string())
        assert table["label"].to_pylist() == part.values("label").tolist()
    assert [entry["split"] for entry in config["data_files"]] == ["train", "validation", "test"]
    assert named == set((folder / "data").iterdir())
    assert len(named) > len(config["data_files"])  # shards


def test_a_licence_that_the_hub_does_not_know(released, tmp_path):
    release = load_release(released / "videeg-gen.h5")[:2]
    release.attributes = release.attributes | {"license": 'mine: "all"'}
    facts = card(release.to_huggingface(tmp_path / "hub"))
    assert (facts["license"], facts["license_name"]) == ("other", 'mine: "all"')


def test_datasets_loads_the_folder(released, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    release = load_release(released / "videeg-gen.h5")
    folder = release.to_huggingface(tmp_path / "hub")
    splits = load_dataset(str(folder), cache_dir=str(tmp_path / "cache")).with_format("numpy")
    assert set(splits) == set(release.values("split"))
    for name, rows in splits.items():
        part = release.select(split=name)
        assert rows[:]["eeg"].dtype == np.float32
        np.testing.assert_array_equal(rows[:]["eeg"], part.values("eeg"))
        for column in ("label", "sample_id", "concept", "subject", "video_time_s"):
            assert rows[:][column].tolist() == part.values(column).tolist()


@settings(max_examples=15, deadline=None)
@given(drawn(), RATES)
def test_any_release_returns_from_parquet(tmp_path_factory, drawing, sfreq):
    eeg, channels, labels = drawing
    folder = tmp_path_factory.mktemp("drawn")
    write(folder / "release.h5", drawing, sfreq).to_huggingface(folder / "hub")
    said = (folder / "hub" / "README.md").read_text(encoding="utf-8")
    assert f"Channels: {', '.join(channels)}." in said
    assert f"`eeg` is in microvolts, {len(channels)} channels at {sfreq:g} Hz." in said
    tables = [pq.read_table(path) for path in (folder / "hub" / "data").iterdir()]
    for part in tables:  # one per split
        rows = [labels["sample_id"].index(name) for name in part["sample_id"].to_pylist()]
        assert rows == sorted(rows)
    table = pa.concat_tables(tables).to_pydict()
    places = [labels["sample_id"].index(name) for name in table["sample_id"]]
    assert sorted(places) == list(range(len(eeg)))
    np.testing.assert_array_equal(np.array(table["eeg"], np.float32), eeg[places])
    for name, values in labels.items():
        assert table[name] == [values[place] for place in places]
    classes = sorted(set(labels["concept"]), key=str.encode)
    assert [classes[label] for label in table["label"]] == table["concept"]
