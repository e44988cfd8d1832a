"""A packed generator needs nothing else, and names people as the release does."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.packed import CODES, pack
from videeg_pipe import load_generator
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generator_folder import NO_EFFECT_R
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.generator.folder import read_folder
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.runtime.errors import UserError


def test_the_folder_is_complete_and_can_be_moved(packed, tmp_path, flashing):
    moved = tmp_path / "elsewhere"
    shutil.copytree(packed, moved)
    one, other = (
        load_generator(folder).generate(flashing, seconds=1) for folder in (packed, moved)
    )
    assert (one.data == other.data).all()


def test_people_have_the_codes_of_the_release(packed, packable_inputs):
    folder = read_folder(packed)
    assert folder.loaded.layout.subjects == ("person-1", "person-2")  # not in the names' order
    assert list(folder.record["people"]) == list(folder.scales.scales) == ["person-1", "person-2"]
    assert set(folder.record["people"].values()) == {None}  # facts would identify them
    scales = packable_inputs.normalisation().scales
    for name, code in CODES.items():
        assert (folder.scales.scales[code] == scales[name]).all()
    assert "run" not in folder.loaded.model["config"]
    for path in packed.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(name.encode() in content for name in (*CODES, "/tmp", "years")), path


def test_each_person_keeps_their_weights(packed, packable_inputs):
    trained = load_checkpoint(packable_inputs.path("model").parent)
    folder = read_folder(packed)
    rows = packable_inputs.windows("train").head(4)
    for name, code in CODES.items():
        condition = trained.conditions(rows, packable_inputs).batch(np.arange(4))
        made = []
        for loaded, who in ((trained, name), (folder.loaded, code)):
            index = loaded.layout.subject_index(who)
            one = replace(condition, subject=torch.full((4,), index))
            made.append(loaded.generator.sample(one, [1, 2, 3, 4], SampleOptions(steps=2)))
        assert torch.allclose(*made, atol=1e-5)
    assert folder.scales.scales["person-1"].shape == (12,)


def test_kept_codes_keep_the_sentences_of_the_training(packable_inputs, tmp_path):
    key = tmp_path / "key.csv"
    key.write_text("subject,released_as\nsub1,sub1\nsub2,sub2\n")
    paths = dict(packable_inputs.paths) | {"key": key}
    record = read_folder(pack(Inputs(paths), tmp_path / "kept")).record
    participants = read_table(packable_inputs.path("participants"), "participants")
    prompts = participants.set_index("subject")["prompt"].to_dict()
    assert record["people"] == {name: prompts[name] for name in ("sub1", "sub2")}


def test_people_outside_the_release_get_numbers(packable_inputs, tmp_path):
    key = tmp_path / "key.csv"
    key.write_text("subject,released_as\nsub2,person-7\nsub9,person-1\n")
    paths = dict(packable_inputs.paths) | {"key": key}
    folder = read_folder(pack(Inputs(paths), tmp_path / "some"))
    assert folder.loaded.layout.subjects == ("person-7", "unreleased-1")


def test_a_local_clip_is_copied_without_its_path(packable_inputs, local, tmp_path, flashing):
    paths = dict(packable_inputs.paths) | {"clip": local}
    packed = pack(Inputs(paths), tmp_path / "packed")
    record = read_folder(packed).record
    assert record["embed"]["model"] == "local"
    assert str(local.parent) not in (packed / "clip" / "model.json").read_text()
    assert load_generator(packed).generate(flashing, seconds=1).data.shape == (1, 12, 200)


def test_packing_again_keeps_a_whole_folder(packable_inputs, tmp_path, monkeypatch):
    folder = pack(packable_inputs, tmp_path / "packed")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("videeg_pipe.generator.pack.write_card", fail)
    with pytest.raises(RuntimeError):
        pack(packable_inputs, folder)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_packing_again_leaves_no_file_of_before(packable_inputs, tmp_path):
    folder = pack(packable_inputs, tmp_path / "packed")
    names = set(tmp_path.rglob("*"))
    (folder / "old").touch()
    pack(packable_inputs, folder)
    assert set(tmp_path.rglob("*")) == names


def test_too_small_a_disk_is_named_before_a_byte_is_written(packable_inputs, small_disk):
    with pytest.raises(UserError, match=r"packed; expected .* free on its disk; found 0\.3 MB of"):
        pack(packable_inputs, small_disk / "packed")
    assert list(small_disk.iterdir()) == []


def test_the_card_says_what_it_is(packed):
    card = (packed / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in card and "person-1" in card and "0.5 to 40.0 Hz" in card
    assert "are simulated: the weights" in card and "consent" not in card
    record = json.loads((packed / "generator.json").read_text())
    assert record["continuous"] and "videeg generate clip.mp4" in card
    r = record["description_r"]
    assert -1 <= r <= 1
    nothing = f"hardly changes anything: EEG.*r = {r:.4f}"
    said = nothing if r > NO_EFFECT_R else f"changes the EEG.*r = {r:.3f}"
    assert re.search(said, card, re.DOTALL)


def test_another_folder_is_refused(packed, tmp_path):
    with pytest.raises(UserError, match=r"no such folder; .*results/generator"):
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
    with pytest.raises(UserError, match=r"checkpoint\.safetensors.*copy the folder again"):
        read_folder(copy)
    assert np.isfinite(read_folder(packed).scales.population).all()
