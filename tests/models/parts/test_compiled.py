"""A compiled network: in place, and refused without a compiler; its results: tests of stages."""

import pytest
import torch

from tests.generators import layout_of, tiny_config
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.models.parts.compiled import compile_network
from videeg_pipe.runtime.errors import UserError


def untrained(name):
    layout = layout_of()
    graphs = torch.zeros(0, len(layout.channels), len(layout.channels))
    return make_generator(name, layout, graphs, tiny_config())


@pytest.mark.parametrize("name", ["spgn", "ntd", "gaussian"])
def test_weights_keep_their_names(name, monkeypatch):
    monkeypatch.setenv("CXX", "true")  # nothing is compiled before the first call
    generator = untrained(name)
    before = list(generator.state_dict())
    compile_network(generator, "sample.compile")
    assert list(generator.state_dict()) == before
    if name != "gaussian":
        assert generator.network._compiled_call_impl is not None


def test_without_a_compiler_the_option_is_refused(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(UserError, match=r"^sample\.compile; expected the C\+\+ compiler no-such-"):
        compile_network(untrained("spgn"), "sample.compile")
