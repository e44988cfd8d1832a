"""The files of a part: a full disk, and the order in which they reach it."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.limited import limited
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sample.part import PartFiles

EEG = np.random.default_rng(0).standard_normal((3, 62, 500)).astype(np.float32)


def write(manifest):
    PartFiles(manifest, "key").open(EEG.shape, {}).write([0], EEG[:1])


def test_samples_say_that_a_quota_is_used_up(tmp_path):
    with pytest.raises(UserError, match=r"part-000\.zarr; expected space on the disk"):
        limited(100_000, write, tmp_path / "part-000.json")


def test_shards_are_on_the_disk_before_the_journal_lists_them(tmp_path, monkeypatch):
    files, fsync, synced = PartFiles(tmp_path / "part-000.json", "key"), os.fsync, []

    def noted(descriptor):
        lines = len(files.journal.read_text().splitlines()) if files.journal.exists() else 0
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), lines))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    writer = files.open(EEG.shape, {})
    assert {(str(path), 0) for path in files.group.rglob("zarr.json")} <= set(synced)
    synced.clear()
    writer.write([0, 2], EEG[[0, 2]])
    shards = {path for row in "02" for path in (files.group / "eeg" / "c" / row).rglob("*")}
    assert len(shards) == 4  # each in a folder
    folders = {tmp_path, files.group, *(path.parent for path in shards), *files.group.glob("eeg/c")}
    assert {(str(path), 1) for path in shards | folders} <= set(synced)
    assert synced[-1] == (str(files.journal), 3)
    assert len(synced) == len(set(synced))
