"""The stimulus track of pictures with a known answer."""

import itertools

import numpy as np
import pytest

from tests.drawn import write_video
from tests.real_data import real_bids
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.stimuli.track import StimulusTrack, cuts, structural_change
from videeg_pipe.stimuli.video import frames


def track_of(path):
    track = StimulusTrack()
    for _ in track.watch(frames(path)):
        pass
    measured, times_s = track.arrays()
    return dict(zip(TRACK_CHANNELS, measured, strict=True)), times_s


def flat(level, side=64):
    return np.full((side, side, 3), level, np.uint8)


def scene(seed, shift=0, size=(120, 160)):
    """Coloured tiles, moved sideways by `shift` pixels."""
    rng = np.random.default_rng(seed)
    tiles = rng.integers(0, 256, (size[0] // 20, size[1] // 20, 3)).astype(np.uint8)
    return np.roll(tiles.repeat(20, 0).repeat(20, 1), shift, axis=1)


def test_a_step_in_luminance_appears_at_its_time_and_is_no_cut(tmp_path):
    path = write_video(tmp_path / "a.mp4", [flat(51)] * 30 + [flat(204)] * 30, fps=30)
    track, times_s = track_of(path)
    np.testing.assert_allclose(times_s, np.arange(60) / 30, atol=1e-3)
    np.testing.assert_allclose(track["luminance"][:30], 0.2, atol=0.01)
    np.testing.assert_allclose(track["luminance"][30:], 0.8, atol=0.01)
    assert track["motion"].argmax() == 30
    assert track["motion"][30] == pytest.approx(0.6, abs=0.02)
    assert (np.delete(track["motion"], 30) < 0.01).all()
    assert (track["contrast"] < 0.01).all()
    assert (track["cut"] == 0).all()


def test_black_is_0_and_white_is_1(tmp_path):
    for level, expected in ((0, 0.0), (255, 1.0)):
        track, _ = track_of(write_video(tmp_path / f"{level}.mp4", [flat(level)] * 3))
        np.testing.assert_allclose(track["luminance"], expected, atol=0.005)


def test_contrast_is_the_deviation_of_luma(tmp_path):
    half = flat(51)
    half[:, 32:] = 204
    track, _ = track_of(write_video(tmp_path / "a.mp4", [half] * 5))
    np.testing.assert_allclose(track["contrast"], 0.3, atol=0.01)
    np.testing.assert_allclose(track["luminance"], 0.5, atol=0.01)


def test_a_still_picture_has_no_motion_and_no_cut(tmp_path):
    track, _ = track_of(write_video(tmp_path / "a.mp4", [scene(0)] * 48))
    assert track["motion"].max() < 0.005
    assert track["cut"].sum() == 0


def test_faster_motion_has_more_energy(tmp_path):
    energy = []
    for speed in (0, 1, 3, 8):
        pictures = [scene(1, speed * i) for i in range(24)]
        track, _ = track_of(write_video(tmp_path / f"{speed}.mp4", pictures))
        energy.append(track["motion"][1:].mean())
        assert track["cut"].sum() == 0
    assert all(slow * 1.5 < fast for slow, fast in itertools.pairwise(energy))


def test_cuts_are_found_where_scenes_change(tmp_path):
    starts = [0, 24, 40, 47, 80]
    pictures = [
        scene(seed, shift=2 * frame)
        for seed, (start, stop) in enumerate(itertools.pairwise([*starts, 100]))
        for frame in range(start, stop)
    ]
    track, _ = track_of(write_video(tmp_path / "a.mp4", pictures))
    assert np.flatnonzero(track["cut"]).tolist() == starts[1:]


def test_a_cut_from_black_counts_and_a_fade_does_not(tmp_path):
    appear = [flat(0, 120)] * 20 + [scene(3, size=(120, 120))] * 20
    track, _ = track_of(write_video(tmp_path / "a.mp4", appear))
    assert np.flatnonzero(track["cut"]).tolist() == [20]
    fade = [(scene(3) * weight).astype(np.uint8) for weight in np.linspace(1, 0.1, 48)]
    track, _ = track_of(write_video(tmp_path / "b.mp4", fade))
    assert track["cut"].sum() == 0


def test_sustained_change_is_no_cut_but_a_change_that_stands_out_is():
    assert cuts(np.full(50, 0.9)).sum() == 0
    change = np.full(50, 0.15)
    change[20] = 0.6
    assert np.flatnonzero(cuts(change)).tolist() == [20]
    twice_each = np.tile([0.0, 0.4], 25)  # every picture shown for two frames
    assert cuts(twice_each).sum() == 0
    assert cuts(np.array([0.0])).tolist() == [0]
    # the 0 of the first frame does not make its neighbours stand out
    assert cuts(np.array([0.0, 0.4, 0.2, 0.1, 0.1])).sum() == 0


def test_structural_change_ranges_from_equal_to_negative():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 64, 64))
    assert structural_change(a, a) == pytest.approx(0, abs=1e-6)
    assert structural_change(a, a + 0.3) == pytest.approx(0, abs=1e-6)
    assert structural_change(a, b) == pytest.approx(1, abs=0.1)
    assert structural_change(a, 1 - a) == pytest.approx(2, abs=0.02)
    blank = np.zeros((64, 64))
    assert structural_change(blank, blank) == 0


@pytest.mark.parametrize(
    ("name", "n_frames", "expected_s"),
    [
        ("bbb_30s_480p.mp4", 720, [11.875, 15.75, 23.042]),  # seen by eye
        ("flower.mp4", 150, []),
        ("friday.mp4", 185, []),
    ],
)
def test_cuts_of_real_videos_are_the_visible_ones(name, n_frames, expected_s):
    track, times_s = track_of(real_bids() / "stimuli" / name)
    assert len(times_s) == n_frames
    np.testing.assert_allclose(times_s[track["cut"] > 0], expected_s, atol=1e-3)
    assert 0.2 < track["luminance"].mean() < 0.7
    assert 0 < track["motion"].mean() < 0.02
