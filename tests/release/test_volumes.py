"""Writing of volumes, and their place in the files of a release."""

import hashlib
import json
import subprocess
import time

import h5py
import numpy as np
import pytest

from tests.release.conftest import FEW
from tests.release.parts import NAMES, part, refused
from videeg_pipe.reader.upload import plan_upload
from videeg_pipe.release import merge, stage
from videeg_pipe.release.volumes import MOST_VOLUMES, plan_volumes
from videeg_pipe.runtime.disk import MORE_BYTES
from videeg_pipe.runtime.errors import UserError

ONE = len(FEW) * 200 * 4
"""Bytes of one sample's EEG."""


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def n(make) -> int:
    """Number of samples, of a release in one file."""
    with h5py.File(make() / NAMES[0]) as file:
        return len(file["eeg"])


@pytest.mark.parametrize(
    ("n", "max_bytes", "rows"),
    [
        (5, 100, []),
        (5, None, []),
        (5, 99, [range(4), range(4, 5)]),
        (5, 40, [range(2), range(2, 4), range(4, 5)]),
        (4, 59, [range(2), range(2, 4)]),
        (1, 19, None),
        (MOST_VOLUMES + 1, 39, None),
        (MOST_VOLUMES, 39, [range(i, i + 1) for i in range(MOST_VOLUMES)]),
    ],
)
def test_plan_of_volumes(tmp_path, n, max_bytes, rows):
    def plan():
        return plan_volumes(tmp_path / "a.h5", n, (1, 5), max_bytes)

    if rows is None:
        refused(plan, "release.max_bytes", str(max_bytes), f"at least {40 if n > 1 else 20}")
    else:
        assert [volume.rows for volume in plan()] == rows
        names = [volume.path.name for volume in plan()]
        assert names == [f"a-{i:03d}.h5" for i in range(len(rows))]


def test_two_merges_give_the_same_files(small, make, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = contents(make(max_bytes=7 * ONE))
    time.sleep(1.1)  # HDF5 can note the time of creation, in seconds
    again = contents(make(max_bytes=7 * ONE))
    assert again == first
    assert "videeg-gen-000.h5" in first
    one_file = contents(make())
    assert one_file == contents(make(max_bytes=10**9))
    assert not any(name.startswith("videeg-gen-") for name in one_file)


def test_renamed_people_are_written_in_their_order(small, make):
    """Under pseudonyms, the samples of a part are scattered over all volumes."""
    options = {"pseudonyms": "number", "kind": "phantom"}
    with h5py.File(make(**options) / NAMES[0]) as file:
        expected, ids = file["eeg"][:], file["sample_id"].asstr()[:].tolist()
    with h5py.File(make(**options, max_bytes=5 * ONE) / NAMES[0]) as file:
        np.testing.assert_array_equal(file["eeg"][:], expected)
        assert file["sample_id"].asstr()[:].tolist() == ids


def test_no_volume_stays_when_the_limit_changes(n, small, make):
    def names(size):
        return [f"videeg-gen-{i:03d}.h5" for i in range(-(-n // size))]

    for max_bytes, volumes in (
        (3 * ONE, names(3)),
        (7 * ONE, names(7)),
        (None, []),
        (7 * ONE, names(7)),
    ):
        folder = make(max_bytes=max_bytes)
        assert sorted(path.name for path in folder.iterdir()) == sorted([*NAMES, *volumes])
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.stdout.count(": OK") == len(NAMES) - 1 + len(volumes), done.stderr


def test_card_and_croissant_list_the_volumes(make):
    folder = make(max_bytes=7 * ONE)
    card = (folder / "README.md").read_text()
    listed = json.loads((folder / "croissant.json").read_text())["distribution"]
    sums = {file["name"]: file["sha256"] for file in listed}
    volumes = sorted(folder.glob("videeg-gen-*.h5"))
    assert len(volumes) > 1
    for number, path in enumerate(volumes, 1):
        assert f"| `{path.name}` | volume {number} of {len(volumes)}: " in card
        assert sums[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "**Keep all files in one\nfolder**" in card
    arrays = json.loads((folder / "croissant.json").read_text())["recordSet"][1]["field"]
    assert {field["source"]["fileObject"]["@id"] for field in arrays} == {NAMES[0]}
    assert "volume" not in (make() / "README.md").read_text()


def test_an_upload_has_the_volumes(make):
    folder = make(max_bytes=7 * ONE)
    zenodo = plan_upload(folder).uploads[0]
    assert {path.name for path in folder.iterdir()} == set(zenodo.files)


def test_failed_merge_keeps_the_old_volumes(small, make):
    folder = make(max_bytes=7 * ONE)
    before = contents(folder)
    (part(small, 0).with_suffix(".zarr") / "eeg" / "c" / "5" / "0" / "0").unlink()
    with pytest.raises(UserError):
        make(max_bytes=3 * ONE)
    assert contents(folder) == before
    with pytest.raises(UserError):
        make()
    assert contents(folder) == before


def test_volumes_share_the_space_that_one_file_takes(small, make, monkeypatch):
    needed, taken = [], {}
    monkeypatch.setattr(stage, "check_space", lambda path, n_bytes: needed.append(n_bytes))
    monkeypatch.setattr(merge, "take_space", lambda path, n: taken.update({path.name: n}))
    make()
    assert list(taken.values()) == [needed[0] + MORE_BYTES]
    taken.clear()
    make(max_bytes=3 * ONE)
    assert sum(taken.values()) == needed[1] + len(taken) * MORE_BYTES
    assert needed[0] == needed[1]
    assert taken["videeg-gen-001.h5"] == 3 * ONE + MORE_BYTES


def test_volumes_keep_no_reserved_space(make):
    for path in make(max_bytes=7 * ONE).glob("*.h5"):
        stat = path.stat()
        assert stat.st_blocks * 512 <= stat.st_size + 8192
