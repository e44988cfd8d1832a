"""Fetching the picture stream: from an archive, by checksum, without partial output."""

import io
import tarfile

import pytest

from tests.real_data import real_fpvs
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.fpvs.fetch import extract, fetch
from videeg_pipe.sources.fpvs.listing import FILE


def archive(folder, content, name=f"ssvepy-0.2/ssvepy/exampledata/{FILE}"):
    path = folder / "ssvepy-0.2.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


def test_the_recording_is_taken_out_and_then_kept(tmp_path):
    content = (real_fpvs() / FILE).read_bytes()
    path = tmp_path / "data" / FILE
    extract(archive(tmp_path, content), path)
    assert path.read_bytes() == content
    assert fetch(path.parent) == path  # without a download


@pytest.mark.parametrize("name", [f"ssvepy-0.2/ssvepy/exampledata/{FILE}", "other"])
def test_another_file_is_refused_and_leaves_nothing(tmp_path, name):
    with pytest.raises(UserError, match="SHA-256"):
        extract(archive(tmp_path, b"changed", name), tmp_path / "data" / FILE)
    assert not list((tmp_path / "data").iterdir())


def test_a_changed_file_that_is_there_is_refused(tmp_path):
    (tmp_path / FILE).write_bytes(b"changed")
    with pytest.raises(UserError, match="make real"):
        fetch(tmp_path)
