"""A packed decoder is one folder, which is replaced as a whole."""

import pytest

from tests.playback import decoder
from videeg_pipe.decode import pack
from videeg_pipe.runtime.errors import UserError


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_failure_keeps_the_whole_folder(reconstructed, tmp_path, monkeypatch):
    folder = decoder.pack(reconstructed, tmp_path / "made")
    (folder / "decoder.json").write_text("of an earlier run")
    before = contents(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack, "write_record", full)
    with pytest.raises(UserError, match=r"/made; expected space on the disk"):
        decoder.pack(reconstructed, tmp_path / "made")
    assert contents(tmp_path) == before


def test_packing_again_leaves_no_file_of_before(reconstructed, tmp_path):
    folder = decoder.pack(reconstructed, tmp_path / "made")
    names = set(contents(tmp_path))
    (folder / "pictures" / "old").touch()
    decoder.pack(reconstructed, tmp_path / "made")
    assert set(contents(tmp_path)) == names


def test_too_small_a_disk_is_named_before_a_byte_is_written(reconstructed, small_disk):
    with pytest.raises(UserError, match=r"playback; expected .* free on its disk; found 0\.3 MB"):
        decoder.pack(reconstructed, small_disk / "playback")
    assert list(small_disk.iterdir()) == []
