"""Context frames in the release."""

from pathlib import Path

import av
import h5py
import numpy as np
import pandas as pd
import pytest

from videeg_pipe.runtime.errors import UserError

FPS = 24


def _video(path: Path, duration_s: float) -> None:
    """A video whose grey level counts its frames, from 0 to 23 and again."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "5", "preset": "ultrafast"}
        for number in range(int(duration_s * FPS)):
            grey = np.full((64, 64, 3), 9 * (number % 24) + 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def videos(small) -> pd.DataFrame:
    """Real videos for the small results folder."""
    path = small / "manifest" / "videos.parquet"
    table = pd.read_parquet(path)
    table["path"] = [str(small / name) for name in table["path"]]
    for name, duration_s in zip(table["path"], table["duration_s"], strict=True):
        _video(Path(name), duration_s)
    table.assign(redistributable=True).to_parquet(path, index=False)
    return table


def test_frames_are_those_on_screen_at_their_times(small, make, videos):
    with h5py.File(make(include_frames=True) / "videeg-gen.h5") as file:
        pictures = file["video_frames"]
        assert pictures.shape == (36, 4, 256, 256, 3)
        assert (pictures.dtype, pictures.chunks) == (np.uint8, (1, 4, 256, 256, 3))
        assert pictures.fletcher32
        shown = pictures[:].mean(axis=(2, 3, 4))
        number = np.floor(file["frame_times_s"][:] * FPS + 1e-6)
    np.testing.assert_allclose(shown, 9 * (number % 24) + 20, atol=3)


def test_frames_of_a_restricted_video_are_refused(small, make, videos):
    path = small / "manifest" / "videos.parquet"
    table = pd.read_parquet(path)
    table.loc[1, "redistributable"] = False
    table.loc[1, "licence"] = "SEED-DV, gated"
    table.to_parquet(path, index=False)
    with pytest.raises(UserError, match=r"include_frames.*video2.*SEED-DV, gated"):
        make(include_frames=True)
    assert not (small / "release").exists()


def test_restricted_videos_without_released_samples_are_ignored(small, make, videos):
    windows = pd.read_parquet(small / "windows.parquet")
    path = small / "manifest" / "videos.parquet"
    table = pd.read_parquet(path)
    unused = table.iloc[[0]].assign(video_id="other", redistributable=False)
    pd.concat([table, unused]).to_parquet(path, index=False)
    assert "other" not in set(windows["video_id"])
    with h5py.File(make(include_frames=True) / "videeg-gen.h5") as file:
        assert "video_frames" in file


def test_no_frames_by_default(released):
    with h5py.File(released / "videeg-gen.h5") as file:
        assert "video_frames" not in file
    assert "There are no video frames in this release" in (released / "README.md").read_text()
