"""Windows of one recording agree where they overlap, and depend on seed and place only."""

import pytest
import torch

from tests.generators import T, random_condition, tiny_generator
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.spgn.continuous import ContinuousSpgn
from videeg_pipe.runtime.errors import UserError

pytestmark = pytest.mark.usefixtures("single_thread")

STARTS = [0, T // 2, 5 * T]


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    generator = tiny_generator(tmp_path_factory.mktemp("generator"))
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(64, 12, T + 50, generator=rng)
    x = torch.nn.functional.avg_pool1d(x, 9, 1, 4)[..., :T]
    x = x - x.mean(1, keepdim=True)  # an average reference: one source fewer
    condition = random_condition(64)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.eval()
    with torch.no_grad():
        generator.fit_residual([(x + generator.coordinates.evoked(condition), condition)])
    return generator


def drawn(generator, seed=3, **options):
    condition = random_condition(len(STARTS)).take(torch.zeros(len(STARTS), dtype=torch.long))
    subject = int(condition.subject[0])
    settings = SampleOptions(steps=4, **options)
    return generator.continuous(subject, seed).residual(STARTS, condition, settings)


def test_gaussian_windows_agree_exactly(generator):
    """With one condition the means differ between windows, so they are left out here."""
    condition = random_condition(1)
    sampler = generator.continuous(int(condition.subject[0]), seed=3)
    z = sampler.draw(
        STARTS, condition.take(torch.zeros(3, dtype=torch.long)), SampleOptions(departure=0)
    )
    x = generator.decode(z, condition.subject.expand(3))
    assert torch.allclose(x[0][:, T // 2 :], x[1][:, : T // 2], atol=1e-3)
    assert not torch.allclose(x[0], x[2], atol=0.1)
    assert x.mean(1).abs().max() < 1e-3  # the reference holds


def test_windows_that_depart_from_a_gaussian_agree(generator, monkeypatch):
    def disagreement():
        x = drawn(generator, departure=2.0)  # of one condition, without the mean
        return (x[0][:, T // 2 :] - x[1][:, : T // 2]).square().mean().sqrt()

    together = disagreement()
    monkeypatch.setattr(ContinuousSpgn, "_agreed", lambda _, v, starts, subject: v)
    assert together < 0.6 * disagreement()


def test_all_sources_begin_with_noise(generator):
    condition = random_condition(1)
    sampler = generator.continuous(int(condition.subject[0]), seed=3)
    assert sampler.absent.sum() == 1
    z = sampler.draw([0], condition, SampleOptions(departure=0))
    assert 0.5 < z[0, sampler.absent].std() < 1.5


def test_windows_depend_on_the_seed_and_their_places_only(generator):
    one, again, other = drawn(generator), drawn(generator), drawn(generator, seed=4)
    assert torch.equal(one, again)
    assert not torch.allclose(one, other, atol=0.1)
    assert one.isfinite().all()


def test_temperature_zero_is_the_mean(generator):
    condition = random_condition(2)
    sampler = generator.continuous(int(condition.subject[0]), seed=3)
    same = condition.take(torch.zeros(2, dtype=torch.long))
    settings = SampleOptions(departure=0, temperature=0)
    z = sampler.draw([0, 50], same, settings)
    assert z.abs().max() == 0


def test_without_whitening_it_is_refused(tmp_path):
    plain = tiny_generator(tmp_path, spgn={"whitening": False})
    with pytest.raises(UserError, match=r"spgn\.whitening; .*continuous"):
        plain.continuous(0, 1)
