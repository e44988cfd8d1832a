"""Sections of decoders, which become part of the configuration with their rules."""

import re
from importlib import import_module

import pytest

from tests.config.test_options import options
from videeg_pipe.models.decoders.registry import DECODERS

SECTIONS = sorted({name for spec in DECODERS.values() for name in spec.options} | {"mapper"})


@pytest.mark.parametrize("name", SECTIONS)
def test_every_option_of_a_decoder_is_described_by_a_sentence(name):
    class_name = name.title().replace("_", "") + "Options"
    section = getattr(import_module(f"videeg_pipe.config.{name}"), class_name)
    found = dict(options(section))
    assert found
    for option, field in found.items():
        assert re.match(r"[A-Z].{10,}\.$", field.description or "", re.DOTALL), option
