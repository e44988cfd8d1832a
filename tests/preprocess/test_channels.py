"""Positions that stand for several heads."""

import numpy as np
import pytest

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.preprocess.channels import shared_positions
from videeg_pipe.runtime.errors import UserError

NAMES = list(SEED_DV_CHANNELS)
HEAD = electrode_positions()


def shared(**heads):
    return shared_positions(NAMES, {name: head.tolist() for name, head in heads.items()})


def test_equal_positions_stay_as_they_are():
    np.testing.assert_array_equal(shared(sub1=HEAD), HEAD)
    np.testing.assert_array_equal(shared(sub1=HEAD, sub2=HEAD, sub3=HEAD), HEAD)


def test_heads_that_differ_are_averaged_and_said(caplog):
    with caplog.at_level("INFO"):
        found = shared(sub1=0.9 * HEAD, sub2=HEAD, sub3=1.1 * HEAD)
    np.testing.assert_allclose(found, HEAD)
    assert "differ by up to 2." in caplog.text
    assert "of sub1 and sub3): their mean is used" in caplog.text


def test_a_head_turned_against_the_others_is_refused_by_electrode():
    turned = HEAD[:, [1, 0, 2]] * [-1, 1, 1]
    with pytest.raises(UserError, match=r"of sub1 and sub2; .*within 4 cm; found \w+ 1\d cm apart"):
        shared(sub1=HEAD, sub2=turned, sub3=HEAD)
