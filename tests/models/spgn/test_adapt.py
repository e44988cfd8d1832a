"""Adaptation of a trained generator to one more person."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS, T, random_condition, results_inputs, tiny_config
from tests.generators import tiny_generator as untrained
from videeg_pipe.conditions.files import read_conditions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import without_stimulus
from videeg_pipe.models.checkpoint import load_checkpoint, save_checkpoint
from videeg_pipe.models.spgn.adapt import adapt
from videeg_pipe.runtime.errors import UserError

pytestmark = pytest.mark.usefixtures("single_thread")

QUICK = SampleOptions(steps=3)
NEW = 2  # index of unknown people before, and of the new person after


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def fitted(folder, name="spgn"):
    """A generator with random weights and the scales of random windows."""
    generator = untrained(folder, name).eval()
    x, condition = torch.randn(40, len(CHANNELS), T, generator=rng()), random_condition(40)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    return generator


def of_person(condition, index):
    return replace(condition, subject=torch.full_like(condition.subject, index))


def sample(generator, index, n=3):
    return generator.sample(of_person(random_condition(n, seed=5), index), range(n), QUICK)


def new_person(generator, n, seed):
    """Windows of a person whose evoked topography and ongoing EEG are their own."""
    person = adapt(
        generator, torch.zeros(0, len(CHANNELS), T), random_condition(0), name="x", rng=rng()
    )
    condition = random_condition(n, seed=seed)
    with torch.no_grad():
        own = person.coordinates.head.M_person.weight[NEW]
        own.copy_(0.5 * torch.randn(own.shape, generator=rng(1)))
        mean = person.coordinates.evoked(of_person(condition, NEW))
    noise = (
        torch.randn(mean.shape, generator=rng(seed))
        * torch.linspace(0.5, 2, len(CHANNELS))[:, None]
    )
    return mean + mean.std() * noise, condition, mean


def correlation(a, b):
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


@pytest.mark.parametrize("name", ["spgn", "spgn-paper"])
def test_without_windows_a_new_person_is_the_population(tmp_path, name):
    generator = fitted(tmp_path, name)
    nothing = torch.zeros(0, len(CHANNELS), T)
    adapted = adapt(generator, nothing, random_condition(0), name="new", rng=rng())
    assert adapted.layout.subjects == ("sub1", "sub2", "new")
    population = sample(generator, NEW)
    assert torch.equal(sample(adapted, NEW), population)
    assert torch.equal(sample(adapted, NEW + 1), population)
    assert not torch.allclose(sample(adapted, 0), population)


@pytest.mark.slow
def test_adaptation_fits_a_persons_mean_and_covariance(tmp_path):
    generator = fitted(tmp_path)
    x, condition, _ = new_person(generator, 96, seed=2)
    adapted = adapt(generator, x, condition, name="new", rng=rng())
    few = adapt(generator, x[:8], condition.take(torch.arange(8)), name="new", rng=rng())
    _, unseen, truth = new_person(generator, 40, seed=3)
    unseen = of_person(unseen, NEW)
    with torch.no_grad():
        r = [correlation(g.coordinates.evoked(unseen), truth) for g in (generator, few, adapted)]
    assert r[0] < r[1] < r[2]
    assert r[2] > 0.8 and r[2] > r[0] + 0.3

    def power(windows):
        return windows.square().mean((0, 2))

    left = x - adapted.coordinates.evoked(of_person(condition, NEW)).detach()
    z = torch.randn(200, len(CHANNELS), T, generator=rng(4))
    K = generator.coordinates.n_points
    drawn, before = (
        g.coordinates.inverse(z[..., :K], z[..., K:], torch.full((200,), NEW))
        for g in (adapted, generator)
    )
    torch.testing.assert_close(power(drawn), power(left), rtol=0.25, atol=0)
    assert (power(before) / power(left)).log().abs().max() > 1


def test_adaptation_finds_the_bursts_of_a_person(tmp_path):
    generator = fitted(tmp_path)
    known = generator.coordinates.bursts.spread[:NEW].clone()
    torch.manual_seed(0)
    n, seconds = 300, torch.arange(T) / 200
    strength = torch.exp(torch.randn(n, 1, 1))
    rhythm = torch.cos(2 * torch.pi * (10 * seconds + torch.rand(n, 1, 1)))  # (n, 1, T)
    x = torch.randn(n, len(CHANNELS), T)
    x[:, 7:8] += 2 * strength * rhythm
    person = adapt(generator, x, random_condition(n), name="x", rng=rng(), steps=1)
    bursts = person.coordinates.bursts
    assert bursts.spread[NEW].max() > 0.5
    assert bursts.share[NEW, bursts.spread[NEW].argmax()].max() > 0.8
    assert torch.equal(bursts.spread[:NEW], known)


def test_resting_eeg_gives_the_noise_and_leaves_the_responses(tmp_path):
    generator = fitted(tmp_path)
    x = 3 * torch.randn(60, len(CHANNELS), T, generator=rng(8))
    blank = without_stimulus(random_condition(60))
    adapted = adapt(generator, x, blank, name="new", rng=rng(), resting=True, steps=3)
    head = adapted.coordinates.head
    assert not head.k_person.weight[NEW].any() and not head.M_person.weight[NEW].any()
    z = torch.randn(100, len(CHANNELS), T, generator=rng(4))
    K = generator.coordinates.n_points
    drawn = adapted.coordinates.inverse(z[..., :K], z[..., K:], torch.full((100,), NEW))
    assert drawn.std().item() == pytest.approx(x.std().item(), rel=0.1)


@pytest.mark.parametrize("name", ["spgn", "spgn-paper"])
def test_known_and_unknown_people_stay_as_they_are(tmp_path, name):
    generator = fitted(tmp_path, name)
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    x = 2 * torch.randn(20, len(CHANNELS), T, generator=rng(6))
    adapted = adapt(generator, x, random_condition(20), name="new", rng=rng(), steps=3)
    for index, place in ((0, 0), (1, 1), (NEW, NEW + 1)):
        assert torch.equal(sample(generator, index), sample(adapted, place))
    assert not torch.allclose(sample(generator, NEW), sample(adapted, NEW))
    after = generator.state_dict()
    assert [key for key in before if not torch.equal(before[key], after[key])] == []
    assert all(weight.requires_grad for weight in adapted.parameters())


def test_the_same_generator_of_random_numbers_gives_the_same_person(tmp_path):
    generator = fitted(tmp_path)
    x, condition, _ = new_person(generator, 20, seed=2)
    one, same, other = (
        sample(adapt(generator, x, condition, name="new", rng=rng(seed), steps=3), NEW)
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_name_that_is_taken_is_refused(tmp_path):
    with pytest.raises(UserError, match="sub2"):
        nothing = torch.zeros(0, len(CHANNELS), T)
        adapt(fitted(tmp_path), nothing, random_condition(0), name="sub2", rng=rng())


@pytest.mark.usefixtures("on_cpu")
def test_files_of_an_adapted_generator_round_trip(tmp_path):
    generator = fitted(tmp_path)
    x, condition, _ = new_person(generator, 20, seed=2)
    adapted = adapt(generator, x, condition, name="new", rng=rng(), steps=3)
    save_checkpoint(tmp_path / "m", "spgn", adapted, tiny_config(), {})
    loaded = load_checkpoint(tmp_path / "m")
    assert loaded.layout.subjects == ("sub1", "sub2", "new")
    for index in range(4):
        assert torch.equal(sample(adapted, index), sample(loaded.generator, index))


@pytest.mark.parametrize("use_text", [True, False])
def test_an_unknown_person_is_encoded_by_the_sentence(tmp_path, use_text):
    """Two people see the same videos; the network's other path from the sentence is cut."""
    inputs, generator = results_inputs(tmp_path), fitted(tmp_path)
    encoder = generator.network.encoder
    for layer in (encoder.pooled, encoder.frames):
        torch.nn.init.zeros_(layer.weight)
    config = ConditionOptions(use_text=use_text, use_subject=False)
    rows = inputs.windows("test").iloc[:3]
    one, other = (
        read_conditions(rows.assign(subject=name), inputs, generator.layout, config, "generation")
        for name in ("sub1", "sub2")
    )
    drawn = [generator.sample(c.batch(np.arange(3)), [1, 2, 3], QUICK) for c in (one, other)]
    assert torch.equal(*drawn) != use_text
    torch.nn.init.zeros_(encoder.sentence[1].weight)
    generator.train().eval()  # forgets the gains of the former weights
    drawn = [generator.sample(c.batch(np.arange(3)), [1, 2, 3], QUICK) for c in (one, other)]
    assert torch.equal(*drawn)
