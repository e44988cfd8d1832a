"""The catalogue of decoders."""

import re
from importlib import import_module

import pytest

from videeg_pipe.config.base import Section
from videeg_pipe.models.decoders.base import Decoder
from videeg_pipe.models.decoders.network import NetworkDecoder
from videeg_pipe.models.decoders.registry import DECODERS, decoder_spec
from videeg_pipe.runtime.errors import UserError


@pytest.mark.parametrize("name", DECODERS)
def test_every_row_names_a_decoder_and_its_sections(name):
    spec = decoder_spec(name)
    assert spec.name == name
    assert issubclass(spec.load(), Decoder)
    assert issubclass(spec.load(), NetworkDecoder) == (spec.kind == "decoder")
    assert spec.description and not re.search(r"[.\n]$", spec.description)
    for section in spec.options:
        module = import_module(f"videeg_pipe.config.{section}")
        class_name = section.title().replace("_", "") + "Options"
        assert issubclass(getattr(module, class_name), Section)


def test_an_unknown_decoder_is_named():
    with pytest.raises(UserError, match="sam-nte"):
        decoder_spec("sam-nte")
