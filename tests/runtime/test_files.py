import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videeg_pipe.runtime import files
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import (
    atomic_path,
    checked,
    entries_of,
    read_json,
    read_npy,
    remove,
    remove_leftovers,
    rename_all,
    sha256_array,
    sha256_file,
    sha256_json,
    temporary_folder,
    write_json,
    write_npy,
)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_failure_keeps_the_old_file(tmp_path, kind):
    path = tmp_path / "a b 'ü'.dat"
    if kind == "folder":
        path.mkdir()
        (path / "old").write_text("old")
    else:
        path.write_text("old")
    with pytest.raises(StoppedError), atomic_path(path) as temporary:
        if kind == "folder":
            temporary.mkdir()
            (temporary / "new").write_text("half")
        else:
            temporary.write_text("half")
        raise StoppedError
    assert ((path / "old") if kind == "folder" else path).read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_success_replaces_files_and_folders(tmp_path):
    file, folder = tmp_path / "new" / "file.txt", tmp_path / "folder.zarr"
    folder.mkdir()
    (folder / "old").touch()
    with atomic_path(file) as temporary:
        temporary.write_text("whole")
        assert temporary.suffix == ".txt"  # for writers that choose the format by the suffix
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert file.read_text() == "whole"
    assert [path.name for path in folder.iterdir()] == ["new"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_all_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch, kind):
    path, fsync, synced = tmp_path / "new" / "a", os.fsync, {}

    def noted(descriptor):
        synced[str(Path(f"/proc/self/fd/{descriptor}").readlink())] = path.exists()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    with atomic_path(path) as temporary:
        if kind == "folder":
            (temporary / "inner").mkdir(parents=True)
            (temporary / "inner" / "file").write_text("whole")
            (temporary / "link").symlink_to("nowhere")
        else:
            temporary.write_text("whole")
    ours = [temporary, temporary / "inner", temporary / "inner" / "file"]
    before = ours if kind == "folder" else [temporary]
    after = [tmp_path, tmp_path / "new"]  # its name, and that of its folder
    assert synced == {str(one): False for one in before} | {str(one): True for one in after}


def test_an_interrupt_while_a_folder_is_replaced_waits(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    rename = Path.replace

    def interrupted(path, target):
        signal.raise_signal(signal.SIGINT)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    monkeypatch.setattr(files, "_exchange", lambda *_: False)  # as on some file systems
    with pytest.raises(KeyboardInterrupt), atomic_path(folder) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert list(tmp_path.rglob("*")) == [folder, folder / "new"]


def test_a_folder_that_is_replaced_is_always_there(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    missing, ended = [], threading.Event()

    def watch():
        while not ended.is_set():
            if not folder.exists():
                missing.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(100):
            with atomic_path(folder) as temporary:
                temporary.mkdir()
    finally:
        ended.set()
        watcher.join()
    assert missing == []


def test_all_are_renamed_or_none(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    moves = [(tmp_path / "a", tmp_path / "b2"), (tmp_path / "none", tmp_path / "c")]
    with pytest.raises(FileNotFoundError):
        rename_all(moves)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_temporary_files_of_killed_writers_are_removed(tmp_path):
    left = [tmp_path / ".a.videeg-abcd1234.json", tmp_path / ".new.videeg-abcd1234"]
    others = [tmp_path / name for name in (".a.20261128.json", ".a.b.videeg-abcd1234.json")]
    for path in (left[0], *others):
        path.touch()
    left[1].mkdir()
    (left[1] / "half").touch()
    write_json(tmp_path / "a.json", {})
    remove_leftovers(tmp_path, ".new.videeg-")
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "a.json"])


HOLDER = """
import sys; from pathlib import Path; from videeg_pipe.runtime.files import temporary_folder
with temporary_folder(Path(sys.argv[1])): print("holds", flush=True); sys.stdin.read()
"""


def test_temporary_folders_of_killed_processes_are_removed_and_of_living_ones_not(tmp_path):
    path, users = tmp_path / "eeg.fif", tmp_path / ".eeg.fif.videeg-20261128"
    users.mkdir()  # without our lock
    command = [sys.executable, "-c", HOLDER, str(path)]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **streams) as other:
        assert other.stdout.readline() == b"holds\n"
        with temporary_folder(path) as folder:
            assert len(list(tmp_path.iterdir())) == 3
        other.kill()
    assert len(list(tmp_path.iterdir())) == 2
    with temporary_folder(path) as folder:
        assert set(tmp_path.iterdir()) == {users, folder}
    assert list(tmp_path.iterdir()) == [users]


def test_an_unchanged_file_is_hashed_once(tmp_path, monkeypatch):
    path = tmp_path / "a.npy"
    path.write_bytes(b"a")
    sha256, calls = sha256_file(path), []
    monkeypatch.setattr(files, "sha256_file", lambda path: calls.append(path) or sha256_file(path))
    for _ in range(3):
        assert checked(path, sha256, listed_in=tmp_path / "a.json") == path
    assert calls == [path]
    path.write_bytes(b"b")
    with pytest.raises(UserError, match=r"a\.npy; .* a damaged file, or one of another run"):
        checked(path, sha256, listed_in=tmp_path / "a.json")


def test_written_files_are_readable_by_others(tmp_path):
    with atomic_path(tmp_path / "file") as temporary:
        temporary.write_text("whole")
    usual = tmp_path / "usual"
    usual.write_text("whole")
    assert (tmp_path / "file").stat().st_mode == usual.stat().st_mode


def test_checksum_agrees_with_coreutils(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(np.random.default_rng(0).bytes(100_000))
    said = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert sha256_file(path) == said.stdout.split()[0]


def test_array_checksum_is_of_values_in_c_order():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert sha256_array(np.asfortranarray(array)) == sha256_array(array)
    assert sha256_array(array) == hashlib.sha256(array.tobytes()).hexdigest()
    assert sha256_array(array.T) != sha256_array(array)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans(), max_size=5))
def test_json_checksum_does_not_depend_on_order(value):
    assert sha256_json(dict(reversed(value.items()))) == sha256_json(value)


def test_json_has_no_nan_and_failure_keeps_the_old(tmp_path):
    path = tmp_path / "scores.json"
    write_json(path, {"r": 0.5})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"r": float("nan")})
    assert read_json(path) == {"r": 0.5}


@pytest.mark.parametrize(
    ("content", "found"),
    [(None, "no such file"), (b"{", "Expecting"), (b"\xff\xfe", "codec"), ("folder", "directory")],
)
def test_bad_json_is_named_in_one_line(tmp_path, content, found):
    path = tmp_path / "manifest.json"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_json(path)
    assert str(path) in str(caught.value)
    assert found in str(caught.value)
    assert "\n" not in str(caught.value)


def _pickled(path):
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def _truncated(path):
    np.save(path, np.zeros((62, 1000)))
    path.write_bytes(path.read_bytes()[:-100])


def _empty(path):
    path.touch()


def _text(path):
    path.write_text("these are not the samples you are looking for")


def _archive(path):
    np.savez(path.with_suffix(".npz"), a=np.zeros(3))
    path.with_suffix(".npz").rename(path)


def _half_an_archive(path):
    _archive(path)
    path.write_bytes(path.read_bytes()[:60])


def _damaged_header(path):
    np.save(path, np.zeros((3, 4)))
    path.write_bytes(path.read_bytes().replace(b"), }", b"(, }"))


def _words(path):
    np.save(path, np.array([["a", "b"]]))


def _negative(path):
    np.save(path, np.zeros((3, 4)))
    path.write_bytes(path.read_bytes().replace(b"(3, 4)", b"(-3,4)"))


def _claims_more(path):
    np.save(path, np.zeros((3, 4)))
    path.write_bytes(path.read_bytes().replace(b"(3, 4), }    ", b"(30000, 4), }"))


def _no_bytes(path):
    """Values of no bytes, -1 of them: NumPy 2.4 crashes where it maps them."""
    np.save(path, np.zeros((3, 4), "<f4"))
    header = path.read_bytes().replace(b"'<f4'", b"'|S0'").replace(b"(3, 4)", b"(-1,) ")
    path.write_bytes(header)


SPOILT = [
    *(_pickled, _truncated, _empty, _text, _archive, _half_an_archive, _damaged_header),
    *(_words, _negative, _claims_more, _no_bytes),
]


@pytest.mark.parametrize("memory_map", [True, False])
@pytest.mark.parametrize("spoil", SPOILT)
def test_bad_npy_is_named_in_one_line(tmp_path, spoil, memory_map):
    path = tmp_path / "sub1.npy"
    spoil(path)
    with pytest.raises(UserError, match=r"sub1\.npy") as caught:
        read_npy(path, memory_map=memory_map)
    assert "\n" not in str(caught.value)


def test_an_npy_takes_no_more_memory_than_its_file(tmp_path):
    _claims_more(tmp_path / "a.npy")
    tracemalloc.start()
    with pytest.raises(UserError):
        read_npy(tmp_path / "a.npy")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30_000 * 4 * 8 / 2


def test_json_from_windows_is_read(tmp_path):
    (tmp_path / "a.json").write_text('{"License": "CC0"}', encoding="utf-8-sig")
    assert read_json(tmp_path / "a.json") == {"License": "CC0"}


def test_npy_round_trip(tmp_path):
    array = np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)
    write_npy(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy", memory_map=True), array)
    assert json.loads(json.dumps(sha256_array(array)))


def test_a_folder_that_another_writer_removes_is_made_again(tmp_path, monkeypatch):
    mkstemp, path = files.tempfile.mkstemp, tmp_path / "new" / "file"

    def removed_before(**arguments):
        monkeypatch.setattr(files.tempfile, "mkstemp", mkstemp)
        path.parent.rmdir()
        return mkstemp(**arguments)

    monkeypatch.setattr(files.tempfile, "mkstemp", removed_before)
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"


@pytest.mark.parametrize("end", [None, KeyboardInterrupt])
def test_a_temporary_folder_is_removed_though_interrupted(tmp_path, monkeypatch, end):
    def interrupted(folder):
        signal.raise_signal(signal.SIGINT)
        remove(folder)

    monkeypatch.setattr(files, "remove", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder(tmp_path / "eeg.fif") as folder:
        (folder / "old").mkdir()
        if end is not None:
            raise end
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_no_new_folders(tmp_path):
    (tmp_path / "old").mkdir()
    with pytest.raises(StoppedError), atomic_path(tmp_path / "old" / "new" / "newer" / "a"):
        raise StoppedError
    assert list((tmp_path / "old").iterdir()) == []


@pytest.mark.parametrize("value", [{}, {"name": None}, {"name": 3}, {"name": "x"}, {"name": []}])
def test_entries_of_another_kind_name_their_record(tmp_path, value):
    with (
        pytest.raises(UserError, match=r"a.json; expected the entries .* another kind .*; advice$"),
        entries_of(tmp_path / "a.json", next_step="advice"),
    ):
        int(value["name"] + "0") / 0


def test_other_errors_in_a_record_stay(tmp_path):
    with pytest.raises(StoppedError), entries_of(tmp_path / "a.json"):
        raise StoppedError
