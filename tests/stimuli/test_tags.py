"""Frequencies of flicker, from the tracks of programs and films."""

import json

import numpy as np
import pytest

from tests.drawn import write_video
from tests.real_data import real_bids
from videeg_pipe.stimuli.tags import tagged_hz
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import frames


def tags(path):
    track = StimulusTrack()
    for _ in track.watch(frames(path)):
        pass
    return tagged_hz(*track.arrays())


def program(folder, **content):
    path = folder / "x.json"
    path.write_text(json.dumps({"frame_rate": 120, "duration_s": 4} | content), encoding="utf-8")
    return path


@pytest.mark.parametrize("waveform", ["sine", "square"])
@pytest.mark.parametrize("hz", [8, 9.2, 13, 15.8, 21, 30])
def test_a_flicker_has_its_frequency(tmp_path, hz, waveform):
    found = tags(program(tmp_path, kind="flicker", frequency=hz, waveform=waveform))
    assert len(found) == 1
    assert found[0] == pytest.approx(hz, abs=0.05)


def test_a_stream_of_pictures_has_its_rate(tmp_path):
    found = tags(program(tmp_path, kind="images", rate=6, oddball_period=5, background=0.5))
    assert found == pytest.approx((6,), abs=0.05)


def test_codes_stills_and_cuts_have_none(tmp_path):
    assert tags(program(tmp_path, kind="code", rate=60, m_sequence={"degree": 7})) == ()
    assert tags(program(tmp_path, kind="blank", background=0.4)) == ()
    levels = np.random.default_rng(0).integers(0, 256, 12).repeat(20)
    pictures = [np.full((64, 64, 3), level, np.uint8) for level in levels]
    assert tags(write_video(tmp_path / "cuts.mp4", pictures, fps=30)) == ()
    assert tagged_hz(np.zeros((4, 3)), np.arange(3.0)) == ()


@pytest.mark.parametrize("name", ["bbb_30s_480p.mp4", "flower.mp4", "friday.mp4"])
def test_films_have_none(name):
    assert tags(real_bids() / "stimuli" / name) == ()
