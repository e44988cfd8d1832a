"""A packed generator needs nothing else, and names people as the release does."""

import json
import shutil

import numpy as np
import pytest

from tests.packed import CODES
from videeg_pipe.generator.folder import read_folder
from videeg_pipe.runtime.errors import UserError


def test_the_folder_is_complete_and_can_be_moved(packed, tmp_path, flashing):
    from videeg_pipe import load_generator

    moved = tmp_path / "elsewhere"
    shutil.copytree(packed, moved)
    one, other = (
        load_generator(folder).generate(flashing, seconds=1) for folder in (packed, moved)
    )
    assert (one.data == other.data).all()


def test_people_have_the_codes_of_the_release(packed, packable_inputs):
    folder = read_folder(packed)
    assert folder.loaded.layout.subjects == tuple(CODES[name] for name in ("sub1", "sub2"))
    assert set(folder.record["people"]) == set(CODES.values())
    scales = packable_inputs.normalisation().scales
    for name, code in CODES.items():
        assert (folder.scales.scales[code] == scales[name]).all()
    for path in packed.rglob("*.json"):
        assert "sub1" not in path.read_text(encoding="utf-8")


def test_the_card_says_what_it_is(packed):
    card = (packed / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in card and "person-1" in card and "0.5 to 40.0 Hz" in card
    record = json.loads((packed / "generator.json").read_text())
    assert -1 <= record["description_r"] <= 1
    assert f"r = {record['description_r']:.3f}"[:8] in card


def test_another_folder_is_refused(packed, tmp_path):
    with pytest.raises(UserError, match=r"no such folder; .*--model"):
        read_folder(tmp_path / "none")
    with pytest.raises(UserError, match=r"no generator\.json"):
        read_folder(tmp_path)
    copy = tmp_path / "newer"
    shutil.copytree(packed, copy)
    record = json.loads((copy / "generator.json").read_text()) | {"schema_version": "2.0"}
    del record["checksum"]
    (copy / "generator.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"schema_version 1\.0; found 2\.0"):
        read_folder(copy)


def test_damage_is_found(packed, tmp_path):
    copy = tmp_path / "damaged"
    shutil.copytree(packed, copy)
    path = copy / "checkpoint.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"checkpoint\.safetensors"):
        read_folder(copy)
    assert np.isfinite(read_folder(packed).scales.population).all()
