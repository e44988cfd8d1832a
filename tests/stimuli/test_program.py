"""Pictures of stimulus programs: known courses, and the same track from program and video."""

import json

import numpy as np
import pytest
from scipy.signal import max_len_seq

from videeg_pipe.contracts.programs import read_program
from videeg_pipe.stimuli.program import bits, luminances, program_frames, render
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import frames, probe_video

SCREEN = {"frame_rate": 60, "duration_s": 2}
FLICKER = SCREEN | {"kind": "flicker"}
CODE = SCREEN | {"kind": "code", "rate": 60}


def written(folder, **content):
    path = folder / "x.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def program(folder, **content):
    return read_program(written(folder, **content))


def track(shown):
    measured = StimulusTrack()
    for _ in measured.watch(iter(shown)):
        pass
    return measured.arrays()


@pytest.mark.parametrize("waveform", ["sine", "square"])
@pytest.mark.parametrize("frame_rate", [60, 120, 240])
@pytest.mark.parametrize("frequency", [8, 11.4, 13, 15.8, 21, 29.5])
def test_a_flicker_has_its_frequency_and_phase(tmp_path, frequency, frame_rate, waveform):
    phase = 1.0
    options = {"frequency": frequency, "phase": phase, "waveform": waveform, "duration_s": 10}
    shown = luminances(program(tmp_path, **FLICKER | options | {"frame_rate": frame_rate}))
    x = shown - shown.mean()
    n = np.arange(len(x))
    hz = np.arange(0.5, frame_rate / 2, 0.1)
    waves = np.exp(-2j * np.pi * np.outer(hz, n) / frame_rate)
    strength = np.abs(waves @ x)
    assert hz[strength.argmax()] == pytest.approx(frequency, abs=0.05)
    at = np.exp(-2j * np.pi * frequency * n / frame_rate) @ x
    # sin(wt + phase) has the Fourier phase phase - pi / 2
    error = np.angle(at * np.exp(-1j * (phase - np.pi / 2)))
    # edges of a square wave lie between frames
    assert error == pytest.approx(0, abs=0.05 if waveform == "sine" else 0.25)


def test_a_square_wave_has_its_duty(tmp_path):
    options = {"frequency": 6, "waveform": "square", "duty": 0.2, "low": 0.25, "high": 0.75}
    shown = luminances(program(tmp_path, **FLICKER | options))
    assert shown[:10].tolist() == [0.75] * 2 + [0.25] * 8
    assert (shown == 0.75).mean() == pytest.approx(0.2)


def test_bits_are_shown_at_their_rate_and_repeat(tmp_path):
    code = SCREEN | {"kind": "code", "rate": 20, "bits": "0110", "duration_s": 0.5}
    shown = luminances(program(tmp_path, **code))
    assert shown.tolist() == [*[0] * 3, *[1] * 6, *[0] * 3, *[0] * 3, *[1] * 6, *[0] * 3, *[0] * 3,
                              *[1] * 3]  # fmt: skip


def test_a_modulated_code_shows_each_bit_as_a_pair(tmp_path):
    code = SCREEN | {"kind": "code", "rate": 30, "bits": "01", "modulated": True}
    assert bits(program(tmp_path, **code)).tolist() == [0, 1, 1, 0]
    assert luminances(program(tmp_path, **code))[:8].tolist() == [0, 1, 1, 0, 0, 1, 1, 0]


def test_an_m_sequence_correlates_with_itself_alone(tmp_path):
    sequence = {"degree": 6, "shift": 5}
    code = bits(program(tmp_path, **SCREEN, kind="code", rate=60, m_sequence=sequence))
    assert len(code) == 63
    assert code.tolist() == np.roll(max_len_seq(6)[0], -5).tolist()
    x = 2.0 * code - 1
    others = [x @ np.roll(x, lag) for lag in range(1, 63)]
    assert others == [-1] * 62


def test_gold_codes_of_a_preferred_pair_correlate_little(tmp_path):
    """Three values only: -1, -t, t - 2 with t = 2^((n + 1) / 2) + 1 for odd n."""
    made = []
    for shift in (0, 3):
        gold = {"degree": 5, "taps": [[2], [4, 3, 2]], "shift": shift}
        made.append(2.0 * bits(program(tmp_path, **SCREEN, kind="code", rate=60, gold=gold)) - 1)
    found = {int(made[0] @ np.roll(made[1], lag)) for lag in range(31)}
    assert found <= {-1, -9, 7}


def test_pictures_come_at_their_rate_and_oddballs_are_another_category(tmp_path):
    options = {"rate": 6, "oddball_period": 5, "waveform": "constant", "duration_s": 3}
    shown = [
        frame.to_ndarray()
        for _, frame in program_frames(written(tmp_path, **SCREEN | options, kind="images"))
    ]
    changed = [n for n in range(1, len(shown)) if not np.array_equal(shown[n], shown[n - 1])]
    assert changed == list(range(10, 180, 10))
    # a schematic face is mostly two flat areas, a texture is not
    flat = [np.bincount(picture.ravel(), minlength=256).max() > 6000 for picture in shown[::10]]
    assert flat == [n % 5 == 0 for n in range(18)]


def test_contrast_fades_in_and_out(tmp_path):
    path = written(tmp_path, **SCREEN, kind="images", rate=6, background=0.5)
    contrast = track(program_frames(path))[0][1]
    assert contrast[0] == 0
    assert contrast[:10].argmax() == 5
    course = (1 - np.cos(np.arange(10) * np.pi / 5)) / 2
    np.testing.assert_allclose(contrast[:10], contrast[5] * course, atol=0.01)


def test_a_patch_covers_its_part_of_the_screen(tmp_path):
    options = {"frequency": 6, "phase": np.pi / 2, "position": [0.25, 0.9], "size": [0.5, 0.4]}
    _, frame = next(program_frames(written(tmp_path, **FLICKER | options)))
    picture = frame.to_ndarray()
    assert (picture[179:, :128] == 255).all()
    assert picture.mean() / 255 == pytest.approx(0.5 * 77 / 256)


def first_picture(folder, **options):
    """A stand-in picture at full contrast, on black."""
    content = SCREEN | {"kind": "images", "rate": 6, "waveform": "constant"} | options
    _, frame = next(program_frames(written(folder, **content)))
    return frame.to_ndarray()


@pytest.mark.parametrize("oddball", [None, 2])
def test_a_picture_is_scaled_into_its_patch(tmp_path, oddball):
    whole = first_picture(tmp_path, oddball_period=oddball)
    options = {"oddball_period": oddball, "position": [0.25, 0.5], "size": [0.25, 0.5]}
    shown = first_picture(tmp_path, **options)
    patch = shown[64:192, 32:96]
    assert shown.sum(dtype=int) == patch.sum(dtype=int)
    assert patch.mean() == pytest.approx(whole.mean(), rel=0.03)
    corners = np.ix_([0, -1], [0, -1])
    np.testing.assert_array_equal(patch[corners], whole[corners])
    coarse = whole.reshape(16, 16, 16, 16).mean(axis=(1, 3))
    assert (
        np.corrcoef(patch.reshape(16, 8, 16, 4).mean(axis=(1, 3)).ravel(), coarse.ravel())[0, 1]
        > 0.97
    )


def test_a_picture_beyond_the_edge_of_the_screen_is_cut_off(tmp_path):
    """It keeps its scale: the visible part is the same as in the middle of the screen."""
    inside = first_picture(tmp_path, position=[0.5, 0.5], size=[0.5, 0.5])[64:192, 64:192]
    shown = first_picture(tmp_path, position=[1, 0.125], size=[0.5, 0.5])
    np.testing.assert_array_equal(shown[:96, 192:], inside[32:, :64])
    assert not shown[96:].any() and not shown[:, :192].any()
    shown = first_picture(tmp_path, size=[0.5, 1], position=[0.5, 0])
    np.testing.assert_array_equal(
        shown[:128, 64:192], first_picture(tmp_path, size=[0.5, 1])[128:, 64:192]
    )


@pytest.mark.parametrize(
    "content",
    [
        SCREEN | {"kind": "blank", "background": 0.3},
        FLICKER | {"frequency": 13, "phase": 1.0, "frame_rate": 120},
        FLICKER | {"frequency": 21, "waveform": "square", "frame_rate": 240, "size": [0.4, 0.7]},
        FLICKER | {"frequency": 7.5, "frame_rate": 59.94},
        CODE | {"m_sequence": {"degree": 6}},
        CODE | {"gold": {"degree": 5, "taps": [[2], [4, 3, 2]], "shift": 3}, "low": 0.2},
        CODE | {"bits": "0110100", "rate": 15, "modulated": True, "position": [0.9, 0.2]},
        CODE | {"bits": "0110100", "rate": 120, "frame_rate": 120, "size": [0.3, 0.2]},
        SCREEN | {"kind": "images", "rate": 6, "oddball_period": 5, "background": 0.5},
        SCREEN | {"kind": "images", "rate": 6, "position": [0.2, 0.7], "size": [0.3, 0.4]},
    ],
)
def test_program_and_rendered_video_have_the_same_track(tmp_path, content):
    path = written(tmp_path, **content)
    render(path, tmp_path / "x.mp4")
    direct, times_s = track(program_frames(path))
    decoded, decoded_s = track(frames(tmp_path / "x.mp4"))
    np.testing.assert_array_equal(direct, decoded)
    np.testing.assert_allclose(times_s, decoded_s, atol=1e-4)
    of_program, of_video = probe_video(path), probe_video(tmp_path / "x.mp4")
    assert of_program.n_frames == of_video.n_frames == len(times_s)
    assert of_video.fps == pytest.approx(of_program.fps, rel=1e-4)
    assert of_video.duration_s == pytest.approx(of_program.duration_s, rel=1e-4)


def test_pictures_depend_on_the_seed_alone(tmp_path):
    options = SCREEN | {"kind": "images", "rate": 6, "duration_s": 0.2}
    one, again, other = (
        np.stack([frame.to_ndarray() for _, frame in program_frames(path)])
        for path in (written(tmp_path, **options, seed=seed) for seed in (0, 0, 1))
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one[5], other[5])
