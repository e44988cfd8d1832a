"""Every floor: files, seeds, mirrored draws, and unknown people."""

import pytest
import torch

from tests.generators import CHANNELS, layout_of, tiny_config
from tests.models.baselines.toy import N_CHANNELS, SHORT, planted, short_condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_checkpoint, make_generator, save_checkpoint
from videeg_pipe.models.floors.floor import Floor
from videeg_pipe.models.registry import generator_names

RANDOM = ("ridge-gaussian", "gaussian", "phase-randomised")


@pytest.fixture(scope="module", params=generator_names("floor"))
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def floor(name) -> Floor:
    """Fitted to windows of two people."""
    return fitted(name)


def fitted(name: str) -> Floor:
    layout = layout_of(channels=CHANNELS[:N_CHANNELS], n_samples=SHORT)
    made = make_generator(name, layout, torch.zeros(0), tiny_config())
    x, condition = planted(24)
    made.fit(x, condition.subject, condition.clip, condition.track)
    return made.eval()


@pytest.mark.usefixtures("on_cpu")
def test_save_and_load_round_trip(tmp_path, name, floor):
    save_checkpoint(tmp_path, name, floor, tiny_config(), {})
    loaded, condition = load_checkpoint(tmp_path), short_condition(3)
    assert loaded.protocol == "generation"
    one, two = (g.sample(condition, [1, 2, 3], SampleOptions()) for g in (floor, loaded.generator))
    assert torch.equal(one, two)


def test_a_window_depends_only_on_its_own_seed(name, floor):
    condition = short_condition(3)
    one, again, other = (
        floor.sample(condition, seeds, SampleOptions())
        for seeds in [(1, 2, 3), (1, 2, 3), (1, 7, 3)]
    )
    assert one.shape == (3, N_CHANNELS, SHORT)
    assert one.isfinite().all()
    assert torch.equal(one, again)
    assert torch.equal(one[[0, 2]], other[[0, 2]])
    assert torch.equal(one[1], other[1]) == (name not in RANDOM)
    alone = floor.sample(condition.take(torch.tensor([1])), [2], SampleOptions())
    torch.testing.assert_close(alone[0], one[1])


def test_mirrored_draws_take_the_noise_with_the_opposite_sign(name, floor):
    condition = short_condition(2)
    drawn, opposite = (
        floor.sample(condition, [1, 2], SampleOptions(), mirrored=mirrored)
        for mirrored in (False, True)
    )
    mean = floor.mean(condition)
    assert drawn.abs().max() > 0
    assert ((drawn - mean).abs().max() > 0) == (name in RANDOM)
    torch.testing.assert_close(opposite, 2 * mean - drawn)


def test_floors_have_no_losses_and_no_network(floor):
    condition = short_condition(2)
    x = torch.zeros(2, N_CHANNELS, SHORT)
    assert floor.losses(x, condition, torch.Generator()) == {}
    assert list(floor.parameters()) == []
    assert floor.n_parameters > 0
    assert floor.nfe(SampleOptions(guidance=2.0)) == 0


def test_unknown_people_get_a_window(floor):
    condition = short_condition(2)
    condition.subject[:] = 2
    drawn = floor.sample(condition, [1, 2], SampleOptions())
    assert drawn.isfinite().all()
    assert drawn.abs().max() > 0
