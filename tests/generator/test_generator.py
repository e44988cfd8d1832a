"""Continuous EEG follows the stimulus, the person and the seed, and nothing else."""

import numpy as np
import pytest

from tests.drawn import write_video
from videeg_pipe import load_generator
from videeg_pipe.runtime.errors import UserError


@pytest.fixture(scope="module")
def generator(packed):
    return load_generator(packed)


def test_a_recording_has_the_length_of_its_video(generator, flashing):
    eeg = generator.generate(flashing, subject="person-1")
    assert eeg.data.shape == (1, 12, 500) and eeg.seconds == 2.5
    assert eeg.channels == generator.channels and eeg.sfreq == 200
    assert np.isfinite(eeg.data).all()
    assert eeg.provenance["person"]["name"] == "person-1"
    assert 1 < eeg.data.std() < 100  # microvolts


def test_a_part_is_the_beginning_of_the_whole(generator, flashing):
    whole = generator.generate(flashing, seed=5).data
    part = generator.generate(flashing, seed=5, seconds=1).data
    np.testing.assert_allclose(part, whole[..., :200], atol=1e-3)


def test_draws_differ_in_noise_and_the_mean_does_not(generator, flashing):
    draws = generator.generate(flashing, draws=2, seed=1).data
    again = generator.generate(flashing, draws=2, seed=1).data
    assert (draws == again).all()
    assert np.abs(draws[0] - draws[1]).max() > 1
    mean = [generator.generate(flashing, mean_only=True, seed=s, draws=3).data for s in (1, 2)]
    assert mean[0].shape == (1, 12, 500)
    assert (mean[0] == mean[1]).all()


def test_known_people_have_their_own_amplitude(generator, flashing):
    scales = generator.folder.scales
    for name, scale in ((None, scales.population), *scales.scales.items()):
        eeg = generator.generate(flashing, subject=name, seed=2, draws=2)
        np.testing.assert_allclose(np.median(eeg.data.std(-1) / scale), 1, atol=0.6)


def test_other_electrodes_are_needed_in_sufficient_number(generator, flashing):
    with pytest.raises(UserError, match="at least 16 electrodes"):
        generator.generate(flashing, montage="biosemi32")


def test_a_video_shorter_than_a_window(generator, tmp_path):
    short = write_video(
        tmp_path / "short.mp4", (np.full((64, 64, 3), n, np.uint8) for n in range(10))
    )
    assert generator.generate(short).data.shape[-1] == round(10 / 24 * 200)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 9}, r"seconds; expected at most 2\.5.*found 9"),
        ({"seconds": -1}, r"seconds; .*found -1"),
        ({"draws": 0}, "draws; expected at least 1"),
        ({"subject": "sub1"}, "one of person-2, person-1; found sub1"),
        ({"person": {"iq": 100}}, "age, sex, handedness; found iq"),
        ({"person": {"age": 30}, "subject": "person-1"}, "found both"),
        ({"person": {"sex": "x"}}, "person; .*sex"),
        ({"person": {"age": -3}}, "person; .*age"),
    ],
)
def test_what_cannot_be_generated_is_refused(generator, flashing, options, message):
    with pytest.raises(UserError, match=message):
        generator.generate(flashing, **options)


def test_sound_alone_is_refused(generator, tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("no video")
    with pytest.raises(UserError, match=r"note\.txt"):
        generator.generate(path)
