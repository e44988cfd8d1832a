"""Calibration of samples: power of planted faults, and what a gain depends on."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from tests.generators import random_condition, tiny_generator
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.spgn.calibration import _bands

QUICK = SampleOptions(steps=8)


def faulty(folder, factors):
    """Return a generator whose sources drift from unit power, each by its own share of x_t."""
    generator = tiny_generator(folder).eval()
    generator.predict = lambda x_t, t, encoded: factors[:, None] * x_t
    return generator


def power(generator, condition, settings=QUICK):
    """Mean square of diffused components of drawn residuals, per source and band."""
    n = len(condition)
    with torch.no_grad():
        x = generator.sample(condition, list(range(1000, 1000 + n)), settings)
        z, _ = generator.coordinates(x, condition)
    mean = (z @ generator.coordinates.whitening.points.T).square().mean(0)  # (C, K)
    bands = _bands(generator.layout.n_samples / generator.layout.sfreq, mean.shape[1])
    return torch.stack([mean[:, low:high].mean(1) for low, high in bands], dim=1)


def of_one_person(n, subject):
    return replace(random_condition(1), subject=torch.tensor([subject])).take(torch.zeros(n).long())


@pytest.mark.parametrize("subject", [0, 1])
def test_sources_of_a_faulty_sampler_get_the_power_of_training_windows(tmp_path, subject):
    generator = faulty(tmp_path, torch.linspace(-0.2, 0.2, 12))
    condition = of_one_person(400, subject)
    calibrated = power(generator, condition)
    generator.calibrated = lambda z, condition, settings: z
    uncalibrated = power(generator, condition)
    assert (uncalibrated - 1).abs().max() > 0.3
    # the widest band has the least error; a gain of 1 counts as 10 of 138 draws
    assert (calibrated[:, 3] - 1).abs().max() < 0.12
    assert (calibrated - 1).abs().max() < 0.25


def test_a_perfect_sampler_is_hardly_changed(tmp_path):
    generator = faulty(tmp_path, torch.zeros(12))
    gain = generator._calibration.gain(generator, of_one_person(1, 0), QUICK)
    assert gain.sub(1).abs().max() < 0.15
    assert gain.mean() == pytest.approx(1, abs=0.01)


def test_a_sample_does_not_depend_on_the_other_samples_of_its_batch(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    condition = replace(random_condition(3), subject=torch.tensor([0, 1, 2]))
    together = generator.sample(condition, [1, 2, 3], QUICK)
    again = tiny_generator(tmp_path).eval()
    alone = again.sample(condition.take(torch.tensor([2])), [3], QUICK)
    torch.testing.assert_close(alone, together[2:])


def test_gains_are_computed_once_per_person_sentence_and_options(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    gains = generator._calibration._gains
    condition = replace(random_condition(2), subject=torch.tensor([0, 1]))
    condition = replace(condition, text=condition.text[:1].expand(2, -1, -1))
    generator.sample(condition, [1, 2], QUICK)
    generator.sample(condition, [3, 4], QUICK.model_copy(update={"temperature": 0.5, "threads": 1}))
    assert len(gains) == 2
    generator.sample(condition, [1, 2], SampleOptions(steps=4))
    assert len(gains) == 4
    generator.sample(replace(condition, text=-condition.text), [1, 2], QUICK)
    assert len(gains) == 6
    generator.train()
    assert not gains


def test_the_stimulus_does_not_change_the_gain(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    condition = random_condition(1)
    other = replace(condition, clip=-condition.clip, track=condition.track + 1)
    one = generator._calibration.gain(generator, condition, QUICK)
    generator.train().eval()
    torch.testing.assert_close(generator._calibration.gain(generator, other, QUICK), one)


@pytest.mark.parametrize(("seconds", "n"), [(1.0, 80), (0.5, 40), (2.0, 160), (0.1, 8)])
def test_bands_cover_all_components_once(seconds, n):
    bands = _bands(seconds, n)
    assert bands[0][0] == 0
    assert bands[-1][1] == n
    assert all(high == low for (_, high), (low, _) in pairwise(bands))
    if seconds >= 0.5:
        assert len(bands) == len(BANDS)
