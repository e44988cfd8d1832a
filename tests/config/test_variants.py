"""Options of variants of decoders."""

import pytest

from videeg_pipe.config import ConfigError, load
from videeg_pipe.config.variants import base_of, decoder_options

NO_CENTRE = {"of": "sam-net", "options": {"sam_net": {"centre": False}}}


def made(**variants):
    return load({"decode": {"variants": variants}})


def test_a_variant_has_the_options_of_its_decoder_but_for_those_it_names():
    config = made(**{"no-centre": NO_CENTRE})
    whole, variant = (decoder_options(name, config) for name in ("sam-net", "no-centre"))
    assert base_of("no-centre", config) == base_of("sam-net", config) == "sam-net"
    assert whole["sam_net"]["centre"] and not variant["sam_net"]["centre"]
    assert variant["sam_net"] == whole["sam_net"] | {"centre": False}
    assert variant["decoders"] == whole["decoders"]
    assert decoder_options("lookup", config) == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dynamind": {"width": 64}}, "expected only sam_net, decoders"),
        ({"sam_net": {"middle": 1}}, "sam_net.middle"),
        ({"sam_net": {"hrt": {"width": 30}}}, "a multiple of sam_net.hrt.heads"),
    ],
)
def test_options_that_do_not_fit_are_refused_with_the_name_of_the_variant(options, said):
    config = made(mine={"of": "sam-net", "options": options})
    with pytest.raises(ConfigError, match=r"decode\.variants\.mine\.options") as error:
        decoder_options("mine", config)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "variants",
    [
        {"mine": {"of": "sam", "options": {}}},
        {"ridge": NO_CENTRE},
        {"ceilings": NO_CENTRE},
        {"No Centre": NO_CENTRE},
    ],
)
def test_unknown_decoders_and_names_are_refused(variants):
    with pytest.raises(ConfigError, match=r"decode\.variants: expected"):
        made(**variants)


def test_a_part_is_left_out_once():
    with pytest.raises(ConfigError, match=r"decode\.without: expected each part once"):
        load({"decode": {"without": {"sam-net": ["text", "text"]}}})
