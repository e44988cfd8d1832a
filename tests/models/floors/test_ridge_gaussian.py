"""The linear response keeps its place under noise with the second moments of the rest."""

import torch

from tests.models.floors.test_floor import fitted
from tests.models.floors.test_gaussian import cross_spectrum
from tests.models.floors.test_ridge import responses
from videeg_pipe.config.sample import SampleOptions


def test_draws_are_the_ridge_response_plus_noise_like_the_residuals():
    x, condition, _ = responses(400, seed=0)
    floor, ridge = fitted("ridge-gaussian"), fitted("ridge")
    for made in (floor, ridge):
        made.fit(x, condition.subject, condition.clip, condition.track)
    mean = ridge.sample(condition, range(400), SampleOptions())
    torch.testing.assert_close(floor.mean(condition), mean)
    noise = floor.sample(condition, range(400), SampleOptions()) - mean
    assert noise.mean(0).norm() < 0.2 * noise.std(0).norm()
    for s in (0, 1):
        own = condition.subject == s
        expected = cross_spectrum((x - mean)[own])
        error = (cross_spectrum(noise[own]) - expected).norm() / expected.norm()
        assert error < 0.5 < (cross_spectrum(x[own]) - expected).norm() / expected.norm()
