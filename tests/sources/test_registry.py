"""The catalogue of sources fits the packages and the configuration."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from videeg_pipe.config import Config
from videeg_pipe.sources.base import Listing, Reading, Tables
from videeg_pipe.sources.registry import SOURCES

PROTOCOLS = {"listing": Listing, "tables": Tables, "reading": Reading}


@pytest.mark.parametrize("part", PROTOCOLS)
@pytest.mark.parametrize("name", SOURCES)
def test_a_source_offers_every_function(name, part):
    module = import_module(SOURCES[name].module(part))
    functions = [key for key in vars(PROTOCOLS[part]) if not key.startswith("_")]
    assert functions
    assert all(callable(getattr(module, key)) for key in functions)


@pytest.mark.parametrize("name", SOURCES)
def test_its_sections_are_in_the_configuration(name):
    assert set(SOURCES[name].options) <= set(Config.model_fields)


def test_listings_import_nothing_heavy():
    code = """
import sys, json
from videeg_pipe.sources.registry import SOURCES
for source in SOURCES.values():
    source.listing()
print(json.dumps(list(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not {"mne", "torch", "pandas", "scipy", "av"} & set(json.loads(done.stdout))
