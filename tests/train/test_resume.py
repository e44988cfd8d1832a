"""The state of an interrupted training is read as written; a damaged one is thrown away."""

import random

import pytest
import torch

from videeg_pipe.train.resume import ResumeFile

CPU = torch.device("cpu")


@pytest.fixture
def state(tmp_path):
    torch.manual_seed(0)
    file = ResumeFile(tmp_path / "last.pt", "key")
    file.save({"epoch": 3, "weights": torch.randn(3000)})
    return file


def test_a_state_is_read_as_written_and_only_with_its_key(state):
    read = state.load(CPU)
    torch.manual_seed(0)
    assert torch.equal(read["weights"], torch.randn(3000))
    assert read["epoch"] == 3
    assert ResumeFile(state.path, "other").load(CPU) is None
    state.discard()
    assert state.load(CPU) is None


def test_a_flipped_bit_is_noticed(state, caplog):
    good, rng = state.path.read_bytes(), random.Random(0)
    expected = state.load(CPU)["weights"]
    n_noticed = 0
    for _ in range(100):
        flipped = bytearray(good)
        flipped[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
        state.path.write_bytes(flipped)
        read = state.load(CPU)
        assert read is None or torch.equal(read["weights"], expected)
        n_noticed += read is None
    assert n_noticed > 50
    assert "last.pt is damaged" in caplog.text
    assert "the training starts again" in caplog.text


@pytest.mark.parametrize("content", [b"", b"x", bytes(5000)])
def test_other_content_is_thrown_away(state, content):
    state.path.write_bytes(content)
    assert state.load(CPU) is None
    state.path.write_bytes(content)
    torch.save({"x": 1}, state.path)
    assert state.load(CPU) is None
