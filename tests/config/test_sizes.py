"""Sizes of the generator: two overlays and their documented numbers of parameters."""

import pytest
import yaml

from benchmarks.untrained import make_layout, make_untrained, overlay
from tests.config.test_options import REPOSITORY


def spgn_block(name):
    return yaml.safe_load((REPOSITORY / "config" / name).read_text(encoding="utf-8"))["spgn"]


def test_paper_size_equals_that_of_the_seed_dv_run():
    assert spgn_block("size-paper.yaml") == spgn_block("seed-dv.yaml")


@pytest.mark.parametrize("name", ["size-tiny.yaml", "size-paper.yaml"])
def test_size_overlay_changes_only_the_size(name):
    values = yaml.safe_load((REPOSITORY / "config" / name).read_text(encoding="utf-8"))
    assert list(values) == ["spgn"]


@pytest.mark.parametrize(
    ("name", "millions"), [("size-tiny.yaml", 0.6), ("config.yaml", 3.2), ("size-paper.yaml", 24.4)]
)
def test_number_of_parameters(name, millions):
    config = overlay(name)
    generator = make_untrained(config, make_layout(62, 200, config))
    assert round(generator.n_parameters / 1e6, 1) == millions
