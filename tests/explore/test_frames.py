"""Frames of samples, from the release or from the run's videos."""

import io
import shutil

import h5py
import numpy as np
import PIL.Image
import pytest

from videeg_pipe import load_release
from videeg_pipe.explore.frames import Frames


def with_frames(alone, path, frames):
    shutil.copy(alone, path)
    with h5py.File(path, "a") as file:
        file["video_frames"] = frames
    return Frames(load_release(path), None)


def test_stored_frames_are_shown_without_the_run(alone, tmp_path):
    frames = np.zeros((96, 4, 20, 20, 3), np.uint8)
    frames[7] += np.array([10, 90, 170, 250], np.uint8)[:, None, None, None]
    stored = with_frames(alone, tmp_path / "r.h5", frames)
    assert stored.exist
    shown = np.asarray(PIL.Image.open(io.BytesIO(stored.strip(7, "video1"))))
    np.testing.assert_allclose(shown[80, 80::160].mean(-1), (10, 90, 170, 250), atol=3)


@pytest.mark.parametrize("frames", [np.zeros((96, 4)), np.zeros((96, 4, 8, 8, 4), np.uint8)])
def test_odd_stored_frames_are_not_shown(alone, tmp_path, frames):
    assert with_frames(alone, tmp_path / "r.h5", frames).strip(0, "video1") is None


def test_videos_that_are_gone_have_no_frames(run, alone):
    release = load_release(alone)
    assert not Frames(release, None).exist
    assert Frames(release, run).exist and Frames(release, run).strip(0, "video9") is None
