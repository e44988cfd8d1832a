"""Classifier-free guidance, with known networks."""

import pytest
import torch

from tests.generators import random_condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.parts.guidance import guided

X, T = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(0)), torch.full((3,), 0.5)


class Brightness:
    """Adds the mean luminance of a condition to x; counts how often a condition is encoded."""

    def __init__(self):
        self.encoded = 0

    def encode(self, condition):
        self.encoded += 1
        return condition.track.mean((1, 2))[:, None, None]

    def network(self, x_t, t, encoded):
        return x_t + t[:, None, None] * encoded


def predict(guidance, **options):
    model, condition = Brightness(), random_condition(3)
    settings = SampleOptions(guidance=guidance, **options)
    return model, guided(model.encode, model.network, condition, settings), condition


def test_guidance_1_is_the_plain_network():
    model, plain, condition = predict(1)
    torch.testing.assert_close(
        plain(X, T), model.network(X, T, model.encode(condition)), rtol=0, atol=0
    )


@pytest.mark.parametrize("guidance", [1.5, 3.0])
def test_guidance_multiplies_the_effect_of_the_stimulus(guidance):
    _, plain, _ = predict(1)
    _, strong, _ = predict(guidance)
    torch.testing.assert_close(strong(X, T) - X, guidance * (plain(X, T) - X))


@pytest.mark.parametrize(("guidance", "times"), [(1, 1), (2, 2)])
def test_conditions_are_encoded_once_for_all_steps(guidance, times):
    model, guide, _ = predict(guidance)
    for _ in range(4):
        guide(X, T)
    assert model.encoded == times


def test_the_output_is_float32_in_lower_precision():
    weight = torch.eye(5)
    seen = []

    def network(x_t, t, encoded):
        seen.append((x_t @ weight).dtype)
        return x_t @ weight

    settings = SampleOptions(precision="bf16-mixed", guidance=1)
    output = guided(lambda c: c, network, random_condition(3), settings)(X, T)
    assert output.dtype == torch.float32 and seen == [torch.bfloat16]
