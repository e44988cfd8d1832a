"""Frames by presentation time: the picture on screen, at any rate."""

import re
import wave
from fractions import Fraction

import numpy as np
import pytest

from tests.drawn import numbered, read_number, write_video
from tests.real_data import real_bids
from tests.sources.builders import write_video as write_noise
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.video import frames, frames_at, pictures_at, probe_video

N_FRAMES = 60
UNEVEN_MS = np.cumsum([0, *([40, 10, 250, 33, 67] * 12)])[:N_FRAMES]


def numbers_at(path, times_s, size=64):
    picked = list(frames_at(path, np.asarray(times_s, float), size))
    assert [index for index, _ in picked] == list(range(len(times_s)))
    return [read_number(picture) for _, picture in picked]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("fps", [24, 25, 30, Fraction(30000, 1001), 60])
def test_the_picture_at_a_time_is_the_one_on_screen(tmp_path, fps, suffix):
    path = write_video(tmp_path / f"a.{suffix}", map(numbered, range(N_FRAMES)), fps=fps)
    shown = np.arange(N_FRAMES)
    starts_s = shown / float(fps)
    assert numbers_at(path, starts_s) == shown.tolist()
    assert numbers_at(path, starts_s + 0.4 / float(fps)) == shown.tolist()
    assert numbers_at(path, starts_s + 0.9 / float(fps)) == shown.tolist()


def test_frames_at_half_seconds_depend_on_the_rate(tmp_path):
    for fps, expected in ((24, [0, 12, 24, 36]), (30, [0, 15, 30, 45]), (50, [0, 25, 50, 59])):
        path = write_video(tmp_path / f"{fps}.mp4", map(numbered, range(N_FRAMES)), fps=fps)
        assert numbers_at(path, [0, 0.5, 1, 1.5]) == expected


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_an_uneven_rate_is_indexed_by_time_and_not_by_count(tmp_path, suffix):
    path = write_video(tmp_path / f"a.{suffix}", map(numbered, range(N_FRAMES)), times_ms=UNEVEN_MS)
    times_s = np.arange(0, UNEVEN_MS[-1] / 1000, 0.1)
    expected = np.searchsorted(UNEVEN_MS, np.round(times_s * 1000), side="right") - 1
    assert numbers_at(path, times_s) == expected.tolist()
    assert [time for time, _ in frames(path)] == pytest.approx(UNEVEN_MS / 1000, abs=1e-3)


def test_time_counts_from_the_first_frame(tmp_path):
    path = write_video(
        tmp_path / "late.mkv", map(numbered, range(8)), times_ms=np.arange(8) * 100 + 5000
    )
    assert numbers_at(path, [0, 0.35]) == [0, 3]
    assert probe_video(path).n_frames == 8


def test_frames_that_an_edit_list_cuts_off_are_neither_shown_nor_counted(tmp_path):
    times_ms = np.arange(20) * 100 - 500  # MP4 marks frames before zero as not shown
    path = write_video(tmp_path / "edited.mp4", map(numbered, range(20)), times_ms=times_ms)
    assert numbers_at(path, [0, 0.3, 1.4]) == [5, 8, 19]
    info = probe_video(path)
    assert info.n_frames == 15
    assert info.duration_s == pytest.approx(1.4 + 1 / 24, abs=0.01)  # the last one: as declared


def test_times_outside_the_video_get_its_first_and_last_frame(tmp_path):
    path = write_video(tmp_path / "a.mp4", map(numbered, range(10)))
    assert numbers_at(path, [-1, 0, 0.41, 7, 8]) == [0, 0, 9, 9, 9]
    assert numbers_at(path, []) == []


def test_a_repeated_time_gets_the_same_picture(tmp_path):
    path = write_video(tmp_path / "a.mp4", map(numbered, range(10)))
    pictures = [picture for _, picture in frames_at(path, np.array([0.25, 0.25]), 40)]
    assert pictures[0].shape == (40, 40, 3)
    assert pictures[0].dtype == np.uint8
    np.testing.assert_array_equal(*pictures)
    assert read_number(pictures[0]) == 6


def test_no_frame_is_read_after_the_last_picture(tmp_path):
    path = write_video(tmp_path / "a.mp4", map(numbered, range(30)))
    shown = frames(path)
    assert len(list(pictures_at(shown, np.array([0.0, 0.2]), 64))) == 2
    assert 5 < next(shown)[0] * 24 < 8


def test_probe_counts_the_frames_that_decode(tmp_path):
    path = write_video(tmp_path / "a film's Name ü.mp4", map(numbered, range(45)), fps=30)
    info = probe_video(path)
    assert (info.fps, info.width, info.height, info.n_frames) == (30, 64, 64, 45)
    assert info.duration_s == pytest.approx(1.5, abs=1e-3)
    assert len(list(frames(path))) == 45


@pytest.mark.parametrize(
    ("name", "fps", "size", "n_frames"),
    [
        ("bbb_30s_480p.mp4", 24, (854, 480), 720),
        ("flower.mp4", 30000 / 1001, (960, 540), 150),
        ("friday.mp4", 30, (640, 480), 185),
    ],
)
def test_probe_of_real_videos_agrees_with_decoding_them(name, fps, size, n_frames):
    path = real_bids() / "stimuli" / name
    info = probe_video(path)
    assert info.fps == pytest.approx(fps)
    assert (info.width, info.height, info.n_frames) == (*size, n_frames)
    times_s = np.array([time for time, _ in frames(path)])
    assert len(times_s) == n_frames
    assert times_s[-1] + 1 / fps == pytest.approx(info.duration_s, abs=1e-3)
    assert np.diff(times_s) == pytest.approx(1 / fps, abs=2e-3)


def one_line(error):
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_missing_video_is_named(tmp_path):
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError) as error:
            read(tmp_path / "none.mp4")
        assert "none.mp4" in one_line(error)


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_a_file_that_is_no_video_is_named(tmp_path, content):
    path = tmp_path / "text.mp4"
    path.write_bytes(content)
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match=re.escape(str(path))) as error:
            read(path)
        assert "decodes to its end" in one_line(error)


def test_a_file_without_pictures_is_named(tmp_path):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match=r"sound\.wav.*only sound; name the video"):
            read(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_video_is_refused(tmp_path, suffix, part):
    rng = np.random.default_rng(0)
    noise = (rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for _ in range(120))
    # the index at the front, so that the truncated file opens
    options = {"movflags": "faststart"} if suffix == "mp4" else {}
    path = write_video(tmp_path / f"whole.{suffix}", noise, fps=8, options=options)
    assert probe_video(path).n_frames == 120
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(UserError, match=r"cut\.m.*decodes to its end"):
        probe_video(cut)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("index-last.mp4", {}),
        ("index-first.mp4", {"movflags": "faststart"}),
        ("fragmented.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("matroska.mkv", {}),
        ("interleaved.avi", {}),
    ],
)
def test_half_a_video_of_any_format_is_refused(name, options, tmp_path):
    path = write_noise(tmp_path / name, 96, options=options)
    info = probe_video(path)
    assert (info.n_frames, info.fps, info.width, info.height) == (96, 24.0, 48, 32)
    assert info.duration_s == pytest.approx(4, abs=2e-3)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"decodes to its end.*copy or download"):
        probe_video(path)


def test_sound_may_outlast_the_pictures(tmp_path):
    info = probe_video(write_noise(tmp_path / "sound.mp4", 24, sound_s=1.5))
    assert info.duration_s == pytest.approx(1.0)
    assert info.file_s == pytest.approx(1.5, abs=0.05)
