"""Times of context frames and stimulus track, and features cut at them."""

import json
from dataclasses import replace
from math import pi

import numpy as np
import pytest

from tests.drawn import write_video
from tests.real_data import real_bids
from videeg_pipe.conditions.window_features import (
    check_rate,
    frame_times,
    track_times,
    window_features,
)
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.programs import read_program
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.program import luminances, program_frames
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import frames

CONFIG = ConditionOptions()


def test_the_context_ends_one_step_before_the_window_does():
    times_s = frame_times(np.array([10.0, 1.0]), CONFIG)
    assert times_s.tolist() == [[8.0, 8.5, 9.0, 9.5], [0.0, 0.0, 0.0, 0.5]]


def test_the_track_begins_with_its_history():
    times_s = track_times(np.array([5.0]), 1.0, CONFIG)
    assert times_s.shape == (1, 48)
    assert times_s[0, 0] == 4.0
    assert times_s[0, -1] == pytest.approx(6.0 - 1 / 24)


def test_windows_are_cut_at_their_own_times():
    grid_s, track_s = np.arange(20) / 2, np.arange(240) / 24
    clip = np.repeat(grid_s[:, None], 768, axis=1).astype(np.float32)
    track = np.stack([track_s, track_s + 1, track_s + 2, track_s + 3]).astype(np.float32)
    features = VideoFeatures(clip, grid_s, track, track_s)
    windows = window_features(features, np.array([3.0, 6.5]), 1.0, CONFIG)
    np.testing.assert_allclose(windows.clip[..., 0], windows.frame_times_s, rtol=1e-6)
    expected = track_times(np.array([3.0, 6.5]), 1.0, CONFIG)
    np.testing.assert_allclose(windows.track, np.stack([expected + k for k in range(4)], 1), 1e-5)


def flicker(hz, fps, length_s=10.0):
    """Features of a flicker, all rows of whose track are its luminance."""
    track_s = np.arange(round(length_s * fps)) / fps
    luminance = 0.5 + 0.5 * np.sin(2 * np.pi * hz * track_s + 0.7)
    grid_s = np.arange(20) / 2
    clip = np.zeros((20, 768), np.float32)
    return VideoFeatures(clip, grid_s, np.tile(luminance, (4, 1)).astype(np.float32), track_s)


@pytest.mark.parametrize(
    ("hz", "fps"), [(hz, fps) for hz in range(8, 31) for fps in (60, 120, 240) if 2 * hz < fps]
)
def test_the_track_of_a_flicker_keeps_frequency_and_phase(hz, fps):
    """At windows that start between frames, too."""
    config = ConditionOptions(track_rate=240, track_history_s=1.0)
    start_s = np.array([2.0, 3.1234])
    track = window_features(flicker(hz, fps), start_s, 1.0, config).track[:, 0]  # (2, 480)
    times_s = track_times(start_s, 1.0, config)
    waves = np.exp(-2j * np.pi * np.arange(1, 120) * times_s[..., None])
    found = np.einsum("nt,ntf->nf", track - track.mean(1, keepdims=True), waves)
    assert (np.abs(found).argmax(1) + 1 == hz).all()
    at = found[:, hz - 1] / np.exp(1j * (0.7 - np.pi / 2))
    np.testing.assert_allclose(np.angle(at), 0, atol=0.1)


def track_of(shown):
    """Features of shown frames: their track."""
    measured = StimulusTrack()
    for _ in measured.watch(shown):
        pass
    track, track_s = measured.arrays()
    return replace(flicker(5, 60), track=track, track_s=track_s)


def of_program(folder, **entries):
    """Features of a stimulus program."""
    path = folder / "x.json"
    path.write_text(json.dumps({"duration_s": 2.2} | entries), encoding="utf-8")
    return track_of(program_frames(path))


@pytest.mark.parametrize("waveform", ["sine", "square"])
@pytest.mark.parametrize("fps", [60, 120, 240])
@pytest.mark.parametrize("hz", range(8, 31))
def test_the_track_of_a_program_keeps_frequency_and_phase(tmp_path, hz, fps, waveform):
    """From the pictures on, at windows that start between frames, up to half the frame rate."""
    entries = {"kind": "flicker", "frequency": hz, "phase": pi / 2, "waveform": waveform}
    features = of_program(tmp_path, frame_rate=fps, size=[0.4, 0.3], **entries)
    config = ConditionOptions(track_rate=240, track_history_s=1.0)
    start_s = np.array([1.0, 1.1234])
    tracks = window_features(features, start_s, 1.0, config).track[:, :2]  # (2, 2, 480)
    times_s = track_times(start_s, 1.0, config)
    waves = np.exp(-2j * np.pi * np.arange(1, 120) * times_s[..., None])
    found = np.einsum("nkt,ntf->nkf", tracks - tracks.mean(-1, keepdims=True), waves)
    assert (np.abs(found).argmax(-1) + 1 == hz).all()  # of luminance and of contrast
    level = luminances(read_program(tmp_path / "x.json"))[: 2 * fps]
    shown = level @ np.exp(-2j * np.pi * hz * np.arange(2 * fps) / fps)
    if waveform == "sine":  # edges of a square wave lie between frames
        assert np.angle(shown) == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(np.angle(found[..., hz - 1] / shown), 0, atol=0.1)


@pytest.mark.parametrize("hz", [13, 21, 30])
def test_a_track_too_slow_for_a_flicker_is_refused(hz):
    with pytest.raises(UserError, match=r"expected the frame rate, 120 Hz.*flickers; found 24"):
        check_rate(flicker(hz, 120), 24.0, "x")


def test_a_film_of_more_frames_than_the_highest_rate_asks_for_that_rate():
    fast = flicker(130, 480)
    with pytest.raises(UserError, match=r"expected the highest rate, 240 Hz.* of 240 or more"):
        check_rate(fast, 24.0, "x")
    check_rate(fast, 240.0, "x")


@pytest.mark.parametrize(
    "stimulus",
    [
        {"kind": "images", "rate": 15, "background": 0.5},
        {"kind": "flicker", "frequency": 21, "size": [0.1, 0.1]},
        {"kind": "code", "rate": 60, "m_sequence": {"degree": 6}, "size": [0.1, 0.1]},
    ],
)
def test_a_track_too_slow_for_a_stimulus_is_refused(tmp_path, stimulus):
    features = of_program(tmp_path, frame_rate=60, **stimulus)
    with pytest.raises(UserError, match=r"expected the frame rate, 60 Hz.*flickers; found 24"):
        check_rate(features, 24.0, "x")
    check_rate(features, 60.0, "x")


def test_slow_flicker_stills_and_cuts_need_no_faster_track(tmp_path):
    check_rate(flicker(5, 120), 24.0, "x")
    check_rate(flicker(29, 60), 60.0, "x")
    still = flicker(5, 120)
    check_rate(replace(still, track=np.ones_like(still.track)), 24.0, "x")
    levels = np.random.default_rng(0).integers(0, 256, 20).repeat(45)  # a cut every 0.75 s
    pictures = [np.full((64, 64, 3), level, np.uint8) for level in levels]
    check_rate(track_of(frames(write_video(tmp_path / "cuts.mp4", pictures, fps=60))), 24.0, "cuts")


@pytest.mark.parametrize("name", ["bbb_30s_480p.mp4", "flower.mp4", "friday.mp4"])
def test_films_need_no_faster_track(name):
    check_rate(track_of(frames(real_bids() / "stimuli" / name)), 12.0, name)
