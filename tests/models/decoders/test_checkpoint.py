"""Damaged files of a decoder; round trips are in test_every_decoder.py."""

import pytest
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import CONFIG
from videeg_pipe.models.decoders.checkpoint import RECORD, WEIGHTS, load_decoder, save_decoder
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, write_record


@pytest.fixture
def folder(planted, tmp_path):
    save_decoder(tmp_path, "ridge", fit("ridge", planted[0]), CONFIG, {"note": "kept"})
    return tmp_path


def test_facts_are_kept(folder):
    assert read_record(folder / RECORD)["note"] == "kept"


def test_too_small_a_disk_is_named_before_a_byte_is_written(planted, small_disk):
    decoder = fit("ridge", planted[0])
    decoder.register_buffer("more", torch.zeros(10**5))
    with pytest.raises(UserError, match=r"; expected .* free on its disk; found 0\.3 MB of"):
        save_decoder(small_disk, "ridge", decoder, CONFIG, {})
    assert list(small_disk.iterdir()) == []


def test_weights_of_another_decoder_are_refused(folder):
    write_record(folder / RECORD, read_record(folder / RECORD) | {"name": "lookup"})
    with pytest.raises(UserError, match="weights of this decoder"):
        load_decoder(folder)


def test_damaged_or_missing_weights_are_refused(folder):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=f"--forcerun .*{RECORD}"):
        load_decoder(folder)
    path.unlink()
    with pytest.raises(UserError, match=WEIGHTS):
        load_decoder(folder)


@pytest.mark.parametrize("size", [-1, 10**15])
def test_sizes_that_no_decoder_has_are_refused(planted, tmp_path, size):
    save_decoder(tmp_path, "mindcross", fit("mindcross", planted[0]), CONFIG, {})
    record = read_record(tmp_path / RECORD)
    layout = record["layout"] | {"text_shape": [77, size]}
    write_record(tmp_path / RECORD, record | {"layout": layout})
    with pytest.raises(UserError, match=f"{RECORD}; expected sizes of a decoder; .*; advice$"):
        load_decoder(tmp_path, next_step="advice")


@pytest.mark.parametrize(
    "other", [{"layout": {}}, {"layout": None}, {"weights_sha256": None}, {"name": None}]
)
def test_other_entries_are_refused(folder, other):
    write_record(folder / RECORD, read_record(folder / RECORD) | other)
    with pytest.raises(UserError, match=r"; advice$"):
        load_decoder(folder, next_step="advice")
    write_record(folder / RECORD, {})
    with pytest.raises(UserError, match=f"{RECORD}; expected the entries .*; advice$"):
        load_decoder(folder, next_step="advice")
