"""Features of linear decoders."""

import numpy as np
import torch

from videeg_pipe.models.decoders.features import course_and_covariance, differential_entropy


def test_course_holds_slow_responses_and_covariance_what_is_not_locked():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4, 3, 200)).astype(np.float32)
    features = course_and_covariance(z, 100.0)
    assert features.shape == (4, 3 * 20 + 6)
    np.testing.assert_allclose(features[:, 0], z[:, 0, :10].mean(1), rtol=1e-5)
    flipped = course_and_covariance(-z, 100.0)
    np.testing.assert_allclose(flipped[:, :60], -features[:, :60])
    np.testing.assert_allclose(flipped[:, 60:], features[:, 60:], rtol=1e-5)


def test_a_rhythm_raises_its_band_alone():
    t = torch.arange(400) / 200.0
    z = 0.1 * torch.randn(1, 2, 400)
    tone = z.clone()
    tone[0, 1] += torch.sin(2 * torch.pi * 20 * t)  # beta
    rise = (differential_entropy(tone, 200.0) - differential_entropy(z, 200.0)).view(2, 5)
    assert rise[1].argmax() == 3
    assert rise[1, 3] > 3
    assert rise[0].abs().max() == 0
    assert rise[1, [0, 1, 2, 4]].abs().max() < 1
