"""What a path offers to explore."""

import shutil

import pytest

from videeg_pipe.explore.contents import Contents, find_contents
from videeg_pipe.runtime.errors import UserError


def test_a_release_in_its_run_comes_with_generator_and_recordings(run):
    h5, generator = run / "release" / "videeg-gen.h5", run / "generator"
    for path in (run, run / "release", h5):
        assert find_contents(path) == Contents(h5, generator, run)


def test_a_copy_of_a_release_has_neither(run, alone):
    assert find_contents(alone) == find_contents(alone.parent) == Contents(alone)
    assert find_contents(alone, run / "generator") == Contents(alone, run / "generator")


def test_recordings_need_their_table(run, alone, tmp_path):
    (tmp_path / "release").mkdir()
    shutil.copy(alone, tmp_path / "release")
    shutil.copytree(run / "eeg", tmp_path / "eeg")
    assert find_contents(tmp_path).results is None
    shutil.copy(run / "windows.parquet", tmp_path)
    assert find_contents(tmp_path).results == tmp_path


def test_a_generator_alone(run):
    assert find_contents(run / "generator") == Contents(None, run / "generator")


def test_other_paths_are_refused(run, alone, tmp_path):
    for path, found in ((tmp_path, "a folder without them"), (tmp_path / "no", "no such file")):
        with pytest.raises(UserError, match=f"expected a release .*found {found}"):
            find_contents(path)
    with pytest.raises(UserError, match=r"no generator\.json in it"):
        find_contents(alone, tmp_path)
