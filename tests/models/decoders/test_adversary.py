"""Gradient reversal: sign, and lambda applied once."""

import pytest
import torch
from torch.nn import functional

from videeg_pipe.models.decoders.adversary import SubjectAdversary, ramp, reverse_gradient


def test_reversal_is_the_identity_forward_and_minus_lambda_backward():
    x = torch.randn(4, 3, requires_grad=True)
    y = reverse_gradient(x, 0.3)
    assert torch.equal(y, x)
    weights = torch.randn(4, 3)
    (y * weights).sum().backward()
    torch.testing.assert_close(x.grad, -0.3 * weights)


def test_lambda_reaches_the_encoder_once_and_the_classifier_never():
    adversary, person = SubjectAdversary(3, 2), torch.tensor([0, 1, 1, 0])
    x = torch.randn(4, 3, requires_grad=True)
    everyone = torch.ones(2, dtype=torch.bool)
    weights = list(adversary.parameters())
    plain = functional.cross_entropy(adversary.classify(x), person)
    expected = torch.autograd.grad(plain, [x, *weights])
    loss = adversary(x, person, everyone, 0.1)
    found = torch.autograd.grad(loss, [x, *weights])
    torch.testing.assert_close(loss, plain)
    torch.testing.assert_close(found[0], -0.1 * expected[0])
    torch.testing.assert_close(found[1:], expected[1:])


def test_absent_people_cannot_be_answered():
    adversary = SubjectAdversary(3, 3)
    x, person = torch.randn(5, 3), torch.tensor([0, 2, 2, 0, 2])
    present = torch.tensor([True, False, True])
    loss = adversary(x, person, present, 0.1)
    logits = adversary.classify(x)[:, [0, 2]]
    torch.testing.assert_close(loss, functional.cross_entropy(logits, person // 2))
    loss.backward()
    assert adversary.classify.weight.grad[1].abs().max() == 0
    alone = adversary(x, 0 * person, torch.tensor([True, False, False]), 0.1)
    assert alone == 0  # a first stage with one person has nothing to confuse


def test_lambda_rises_from_zero_to_its_final_value():
    values = [ramp(p / 10) for p in range(11)]
    assert values[0] == 0
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1, abs=1e-4)
