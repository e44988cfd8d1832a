"""Calibration of samples: energies of planted faults, and what a gain depends on."""

from dataclasses import replace

import pytest
import torch

from tests.generators import random_condition, tiny_generator
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.spgn.calibration import _interpolate

QUICK = SampleOptions(steps=8)


def faulty(folder, factors):
    """Return a generator whose sources drift from unit power, each by its own share of x_t."""
    generator = tiny_generator(folder).eval()
    generator.predict = lambda x_t, t, encoded: factors[:, None] * x_t
    return generator


def energy(generator, condition, settings=QUICK):
    """Mean squares of diffused components of drawn residuals, per source and band."""
    n = len(condition)
    with torch.no_grad():
        x = generator.sample(condition, list(range(1000, 1000 + n)), settings)
        z, _ = generator.coordinates(x, condition)
    y = z @ generator.coordinates.whitening.points.T  # (n, C, K)
    return generator.coordinates.energies.measure(y)  # (n, C, bands)


def of_one_person(n, subject):
    return replace(random_condition(1), subject=torch.tensor([subject])).take(torch.zeros(n).long())


@pytest.mark.parametrize("subject", [0, 1])
def test_sources_of_a_faulty_sampler_get_the_power_of_training_windows(tmp_path, subject):
    generator = faulty(tmp_path, torch.linspace(-0.2, 0.2, 12))
    condition = of_one_person(400, subject)
    calibrated = energy(generator, condition).mean(0)
    generator.calibrated = lambda z, condition, settings: z
    uncalibrated = energy(generator, condition).mean(0)
    assert (uncalibrated - 1).abs().max() > 0.3
    # the widest band has the least error; a gain of 1 counts as 10 of 266 draws
    assert (calibrated[:, 3] - 1).abs().max() < 0.12
    assert (calibrated - 1).abs().max() < 0.25


def test_a_sampler_of_rare_strong_events_gets_the_energies_of_training_windows(tmp_path):
    generator = faulty(tmp_path, torch.zeros(12))
    energies, rng = generator.coordinates.energies, torch.Generator().manual_seed(0)
    # in training windows, source 3 has another strength in each; draws are Gaussian noise
    y = torch.randn(400, 12, generator.coordinates.n_points, generator=rng)
    y[:, 3] *= torch.exp(0.8 * torch.randn(400, 1, generator=rng) - 0.64)
    energies.fit(y, torch.zeros(400, dtype=torch.long))
    assert energies.varies(torch.tensor(0))[3].any()
    assert not energies.varies(torch.tensor(0))[:3].any()
    varies = energies.varies(torch.tensor(0))[3]
    trained = energies.measure(y)[:, 3, varies]
    drawn = energy(generator, of_one_person(400, 0))[:, 3, varies]
    assert drawn.mean(0).mean() == pytest.approx(1, abs=0.15)
    for level in (0.1, 0.25, 0.5, 0.75, 0.9):
        ratio = drawn.quantile(level, 0) / trained.quantile(level, 0)
        assert ratio.log().abs().mean() < 0.4  # uncalibrated: up to 2


def test_interpolation_is_constant_beyond_the_points():
    xs, ys = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[5.0, 7.0, 3.0]])
    found = [_interpolate(torch.tensor([x]), xs, ys).item() for x in (-1.0, 0.0, 0.5, 2.0, 9.0)]
    assert found == [5.0, 5.0, 6.0, 5.0, 3.0]


def gain(generator, condition):
    n = len(generator.coordinates.energies.bands)
    energy = torch.ones(len(condition), 12, n)
    return generator._calibration.gain(generator, energy, condition, QUICK)


def test_a_perfect_sampler_is_hardly_changed(tmp_path):
    found = gain(faulty(tmp_path, torch.zeros(12)), of_one_person(1, 0))
    assert found.sub(1).abs().max() < 0.15
    assert found.mean() == pytest.approx(1, abs=0.01)


def test_errors_of_the_gain_are_not_those_of_other_people(tmp_path):
    generator = faulty(tmp_path, torch.zeros(12))
    one, other = (gain(generator, of_one_person(1, s)).flatten() for s in (0, 1))
    assert abs(torch.corrcoef(torch.stack([one, other]))[0, 1]) < 0.5


def test_a_sample_does_not_depend_on_the_other_samples_of_its_batch(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    condition = replace(random_condition(3), subject=torch.tensor([0, 1, 2]))
    together = generator.sample(condition, [1, 2, 3], QUICK)
    again = tiny_generator(tmp_path).eval()
    alone = again.sample(condition.take(torch.tensor([2])), [3], QUICK)
    torch.testing.assert_close(alone, together[2:])


def test_gains_of_a_mixed_batch_are_those_of_each_person(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    generator.coordinates.energies.ranked[1, 3] = torch.linspace(-6, 2, 16)  # with events
    subject = torch.tensor([1, 0, 1, 2, 0])
    condition = replace(random_condition(1).take(torch.zeros(5).long()), subject=subject)
    together = gain(generator, condition)
    for row in range(5):
        alone = gain(generator, condition.take(torch.tensor([row])))
        torch.testing.assert_close(together[row], alone[0])
    assert not torch.allclose(together[0], together[1])


def test_draws_are_made_once_per_person_sentence_and_options(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    draws = generator._calibration._draws
    condition = replace(random_condition(2), subject=torch.tensor([0, 1]))
    condition = replace(condition, text=condition.text[:1].expand(2, -1, -1))
    generator.sample(condition, [1, 2], QUICK)
    generator.sample(condition, [3, 4], QUICK.model_copy(update={"temperature": 0.5, "threads": 1}))
    assert len(draws) == 2
    generator.sample(condition, [1, 2], SampleOptions(steps=4))
    assert len(draws) == 4
    generator.sample(replace(condition, text=-condition.text), [1, 2], QUICK)
    assert len(draws) == 6
    generator.train()
    assert not draws


def test_the_stimulus_does_not_change_the_gain(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    condition = random_condition(1)
    other = replace(condition, clip=-condition.clip, track=condition.track + 1)
    one = gain(generator, condition)
    generator.train().eval()
    torch.testing.assert_close(gain(generator, other), one)
