"""The catalogue of generators, and everything that derives from it."""

import re
from typing import get_args

import pytest

from videeg_pipe.config import Config
from videeg_pipe.config.run import RunOptions
from videeg_pipe.config.train import privacy_conflict
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.baselines.baseline import Baseline
from videeg_pipe.models.floors.floor import Floor
from videeg_pipe.models.registry import GENERATORS, generator_names


@pytest.mark.parametrize("name", GENERATORS)
def test_every_row_names_a_generator_and_its_sections(name):
    spec = GENERATORS[name]
    assert spec.name == name
    assert issubclass(spec.load(), EegGenerator)
    assert issubclass(spec.load(), Floor) == (spec.kind == "floor")
    assert issubclass(spec.load(), Baseline) == (spec.kind == "baseline")
    assert set(spec.options) <= set(Config.model_fields)
    assert spec.description
    assert not re.search(r"[.\n]$", spec.description)


def test_run_model_offers_the_whole_catalogue():
    assert get_args(RunOptions.model_fields["model"].annotation) == tuple(GENERATORS)
    assert sum((generator_names(kind) for kind in ("generator", "baseline", "floor")), ()) == tuple(
        GENERATORS
    )


@pytest.mark.parametrize("name", GENERATORS)
def test_sections_and_privacy_follow_the_catalogue(name):
    config = Config(run={"model": name})
    assert config.architecture == GENERATORS[name].options
    conflict = privacy_conflict(name, config.model_dump())
    assert (conflict is not None and conflict[0] == "run.model") == (
        GENERATORS[name].private is None
    )
