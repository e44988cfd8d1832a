"""The figure of generated EEG."""

import numpy as np
import pytest

from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.figure import draw_figure, front_to_back

CHANNELS = ("OZ", "FPZ", "CZ", "PZ")


def generated(seconds: float = 2.0, name: str | None = "sub1", draws: int = 1) -> GeneratedEeg:
    noise = np.random.default_rng(0).standard_normal((draws, 4, round(200 * seconds)))
    return GeneratedEeg(
        (10 * noise).astype(np.float32),
        CHANNELS,
        electrode_positions(CHANNELS),
        200.0,
        (0.5, 40.0),
        "a $5 clip.mp4",
        {"person": {"name": name}},
    )


def test_electrodes_go_from_the_front_to_the_back_at_even_steps():
    places = electrode_positions(CHANNELS)
    assert front_to_back(places, 12).tolist() == [1, 2, 3, 0]
    assert front_to_back(places, 2).tolist() == [1, 0]


@pytest.mark.parametrize(("name", "person"), [("sub1", "sub1"), (None, "a new person")])
def test_frames_stand_above_traces_in_microvolts(flashing, name, person):
    eeg = generated(name=name)
    *frames, axes = draw_figure(eeg, flashing).axes
    assert len(frames) == 6
    brightness = [one.images[0].get_array().mean() for one in frames]
    assert np.ptp(brightness) > 100  # the video flashes
    step = -axes.get_yticks()[1]
    for place, row in enumerate([1, 2, 3, 0]):
        shown = axes.lines[place].get_ydata() + place * step
        np.testing.assert_allclose(shown, eeg.data[0, row], atol=1e-4)
    assert [one.get_text() for one in axes.get_yticklabels()] == ["FPZ", "CZ", "PZ", "OZ"]
    low, high = axes.lines[-1].get_ydata()  # the scale bar
    assert axes.texts[-1].get_text() == f"{high - low:g} µV"
    assert axes.figure.get_suptitle() == rf"SYNTHETIC EEG for a \$5 clip.mp4: {person}"


def test_a_long_recording_of_a_program_has_ten_seconds_and_no_frames(tmp_path):
    figure = draw_figure(generated(30.0, draws=3), tmp_path / "flicker.json")
    (axes,) = figure.axes
    assert axes.get_xlim() == (0, 10) and axes.lines[0].get_xdata()[-1] < 10
    assert "3 draws, the first" in figure.get_suptitle()


def test_flat_eeg_is_drawn(flashing):
    eeg = generated()
    eeg.data[:] = 0
    assert len(draw_figure(eeg, flashing).axes) == 7
