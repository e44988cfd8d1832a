"""Continuous EEG follows the stimulus, the person and the seed, and nothing else."""

import wave
from dataclasses import replace

import numpy as np
import pytest

from tests.drawn import write_video
from videeg_pipe import Generator, load_generator
from videeg_pipe.conditions.window_features import window_features
from videeg_pipe.generator.joining import joined
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


def test_means_of_windows_join_to_that_of_the_recording(generator, flashing):
    features, _ = generator.folder.measure(flashing)
    config = generator.folder.loaded.condition
    for subject in ("person-2", None):

        def means(starts, subject=subject):
            cut = window_features(features, np.array(starts) / 200, 1.0, config)
            pairs = zip(cut.clip, cut.track, strict=True)
            return np.stack([generator.conditional_mean(*pair, subject) for pair in pairs])

        whole = generator.generate(flashing, subject=subject, mean_only=True).data[0]
        pieces = np.concatenate(list(joined(means, 500, 200, 4)), axis=1)
        np.testing.assert_allclose(pieces, whole, rtol=1e-3, atol=1e-4)


def test_features_of_other_windows_are_refused(generator):
    with pytest.raises(UserError, match=r"expected \(\(4, 768\), \(4, 48\)\); found \(3, 768\)"):
        generator.conditional_mean(np.zeros((3, 768)), np.zeros((4, 48)), None)


def test_people_of_the_training_have_their_own_amplitude(generator, flashing):
    louder = {name: 3 * scale for name, scale in generator.folder.scales.scales.items()}
    scales = replace(generator.folder.scales, scales=louder)
    changed = Generator(replace(generator.folder, scales=scales))
    for subject, factor in ((None, 1), ("person-1", 3)):
        one, other = (g.generate(flashing, subject=subject).data for g in (generator, changed))
        np.testing.assert_allclose(other, factor * one, rtol=1e-4, atol=1e-4)


def test_a_mix_of_people_adds_means_and_powers(generator, flashing):
    """Of the same seed, a mix is the weighted sum of what each person gets alone."""
    mix = {"person-1": 0.36, "person-2": 0.64}
    mixed = generator.generate(flashing, subject=mix, seed=3)
    expected = 0
    for name, weight in mix.items():
        eeg = generator.generate(flashing, subject=name, seed=3).data
        mean = generator.generate(flashing, subject=name, mean_only=True).data
        expected = expected + weight * mean + weight**0.5 * (eeg - mean)
    np.testing.assert_allclose(mixed.data, expected, atol=1e-3)
    assert mixed.provenance["person"]["name"] == "0.36 person-1 + 0.64 person-2"
    whole = generator.generate(flashing, subject={"person-1": 1, "person-2": 0}, seed=3)
    assert (whole.data == generator.generate(flashing, subject="person-1", seed=3).data).all()
    assert whole.provenance["person"]["name"] == "person-1"


def test_a_mix_of_stimuli_lies_between_them(generator, flashing, tmp_path):
    dark = write_video(tmp_path / "dark.mp4", (np.zeros((64, 64, 3), np.uint8) for _ in range(48)))
    means = [generator.generate(one, mean_only=True, seconds=2).data for one in (flashing, dark)]
    shares = [{flashing: w, dark: 1 - w} for w in (1, 0.99, 0)]
    mixed = [generator.generate(share, mean_only=True).data for share in shares]
    assert mixed[1].shape[-1] == 400  # the shorter one's length
    np.testing.assert_allclose(mixed[0][..., :400], means[0], atol=1e-3)
    np.testing.assert_allclose(mixed[2], means[1], atol=1e-3)
    assert 0 < np.abs(mixed[1] - means[0]).max() < np.abs(means[1] - means[0]).max() / 10
    assert generator.generate(shares[1], seconds=1).stimulus == "0.99 flashing.mp4 + 0.01 dark.mp4"


def test_stimuli_and_people_do_not_share_their_noise(generator, flashing, tmp_path):
    dark = write_video(tmp_path / "dark.mp4", (np.zeros((64, 64, 3), np.uint8) for _ in range(60)))
    made = [generator.generate(flashing, subject="person-1"), generator.generate(flashing)]
    made.append(generator.generate(dark, subject="person-1"))
    for other in made[1:]:
        assert abs(np.corrcoef(made[0].data[0, 0], other.data[0, 0])[0, 1]) < 0.5


def test_an_earlier_recording_does_not_matter(packed, generator, flashing):
    generator.generate(flashing, seed=8)
    fresh = load_generator(packed)
    assert (
        fresh.generate(flashing, seed=9).data == generator.generate(flashing, seed=9).data
    ).all()


def test_the_sampler_adds_no_noise_of_its_own(generator):
    record = generator.folder.record
    for scheduler, used in (("ddpm", "angle"), ("ddim", "ddim")):
        sample = record["sample"] | {"scheduler": scheduler}
        assert (
            replace(generator.folder, record=record | {"sample": sample}).sample.scheduler == used
        )


def test_a_generator_of_single_windows_is_refused_at_once(generator, tmp_path):
    single = replace(generator.folder, record=generator.folder.record | {"continuous": False})
    with pytest.raises(UserError, match="found spgn, which makes single windows"):
        Generator(single).generate(tmp_path / "not even a video.mp4")


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
        (
            {"seconds": 9},
            r"seconds; .*at most 2\.5, the length of flashing\.mp4; found 9",
        ),
        ({"seconds": -1}, r"seconds; .*found -1"),
        ({"draws": 0}, "draws; expected at least 1"),
        ({"subject": "sub1"}, "among person-1, person-2; found sub1"),
        ({"subject": {"person-1": 0.5, "sub1": 0.5}}, "among person-1, person-2; found sub1"),
        ({"subject": {"person-1": 1.5, "person-2": -0.5}}, "weights of 0 or more.*person-2 -0.5"),
        ({"subject": {"person-1": float("nan")}}, "positive sum; found person-1 nan"),
        ({"subject": {"person-1": 0}}, "subject; expected weights.*found none"),
        ({"subject": {"anna": 0.5, "person-1": 0.3, "bob": 0.2}}, "among .*; found anna, bob"),
        ({"subject": {"person-1": "x"}}, "names with their weights; found {'person-1': 'x'}"),
        ({"subject": ["person-1"]}, r"names with their weights; found \['person-1'\]"),
        ({"person": "age=30"}, "person; expected facts by name among age, .*; found age=30"),
        ({"person": {"iq": 100}}, "age, sex, handedness; found iq"),
        ({"person": {"age": 30}, "subject": "person-1"}, "found both"),
        ({"person": {"sex": "x"}}, "person; .*sex as one of F, M, O; found x"),
        ({"person": {"sex": "FM"}}, "found FM"),
        ({"person": {"sex": None}}, "found None"),
        ({"person": {"handedness": "RL"}}, "handedness as one of R, L, A; found RL"),
        ({"person": {"handedness": ""}}, "handedness"),
        ({"person": {"age": -3}}, "person; .*age from 0 to 130"),
        ({"person": {"age": "old"}}, "found old"),
    ],
)
def test_what_cannot_be_generated_is_refused(generator, flashing, options, message):
    with pytest.raises(UserError, match=message):
        generator.generate(flashing, **options)


def test_sound_alone_is_refused(generator, tmp_path):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    with pytest.raises(UserError, match=r"sound\.wav"):
        generator.generate(path)
