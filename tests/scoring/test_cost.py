"""Cost of a reduced generator at its paper's size and with its paper's sampler."""

import pytest
import torch

from tests.generators import layout_of, random_condition, tiny_config
from tests.scoring.test_stage import not_on_the_page
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import LoadedGenerator, make_generator
from videeg_pipe.scoring import cost


def loaded(name: str, config: dict) -> LoadedGenerator:
    generator = make_generator(name, layout_of(), torch.zeros(0), config)
    return LoadedGenerator(generator.eval(), {"name": name, "config": config}, torch.device("cpu"))


def test_native_cost_uses_the_papers_size_and_sampler():
    config = tiny_config() | {"baselines": {"width": 0.1, "depth": 0.3}}
    reduced, capped = loaded("eegcid", config), SampleOptions(baseline_nfe=5)
    native = cost.native_cost(reduced, random_condition(cost.FEW), capped)
    full = loaded("eegcid", config | {"baselines": {"width": 1.0, "depth": 1.0}}).generator
    assert reduced.generator.nfe(capped) == 5
    assert native["native_nfe"] == 1000
    assert native["native_parameters"] == full.n_parameters > 10 * reduced.generator.n_parameters
    assert native["native_seconds_per_sample"] > 0
    assert not_on_the_page(native) == set()


def test_floors_have_no_native_cost():
    config = {k: v for k, v in tiny_config().items() if k not in ("baselines", "spgn")}
    made = LoadedGenerator(
        make_generator("mean-response", layout_of(), torch.zeros(0), config),
        {"name": "mean-response", "config": config},
        torch.device("cpu"),
    )
    assert cost.native_cost(made, random_condition(cost.FEW), SampleOptions()) == {}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
