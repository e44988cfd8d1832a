"""Electrodes that were not trained follow from those that were."""

import numpy as np
import pytest

from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.generator.montages import montage_of, trained_montage
from videeg_pipe.runtime.errors import UserError


def layout(channels=SEED_DV_CHANNELS):
    return EegLayout(channels, electrode_positions(channels), 200.0, 200, ("sub1",), ())


def test_a_smooth_field_is_found_at_other_electrodes():
    trained, made = layout(), montage_of("biosemi32", layout(), reference="recorded")
    assert len(made.channels) == 32
    for axis in range(3):
        field = made.weights @ trained.positions_m[:, axis]
        assert np.corrcoef(field, made.positions_m[:, axis])[0, 1] > 0.97


def test_the_reference_holds():
    made = montage_of("standard_1020", layout(), reference="average")
    np.testing.assert_allclose(made.weights.sum(axis=0), 0, atol=1e-5)


def test_the_trained_electrodes_are_unchanged():
    made = trained_montage(layout())
    assert made.channels == SEED_DV_CHANNELS
    assert (made.weights == np.eye(62)).all()


def test_positions_are_read_from_a_file(tmp_path):
    path = tmp_path / "own.tsv"
    names = ("CZ", "OZ", "PZ")
    rows = [
        f"{n}\t{x}\t{y}\t{z}"
        for n, (x, y, z) in zip(names, electrode_positions(names), strict=True)
    ]
    path.write_text("name\tx\ty\tz\n" + "\n".join(rows) + "\n")
    made = montage_of(str(path), layout(), reference="recorded")
    assert made.channels == names
    # splines pass through the electrodes
    for name, weights in zip(names, made.weights, strict=True):
        assert abs(weights).argmax() == SEED_DV_CHANNELS.index(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "no such file"),
        ("name\tx\ty\nCZ\t0\t0\n", "z"),
        ("name\tx\ty\tz\nCZ\t0\t0\t95\n", "95 m away"),
        ("name\tx\ty\tz\nCZ\t0\t0\t.1\nCZ\t0\t0\t.1\n", "twice"),
        ("name\tx\ty\tz\nCZ\t0\t0\tn/a\n", "could not convert|m away"),
    ],
)
def test_a_file_that_is_no_montage_is_refused(tmp_path, text, found):
    path = tmp_path / "own.tsv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=rf"own\.tsv; .*{found}"):
        montage_of(str(path), layout(), reference="average")


def test_an_unknown_name_and_few_electrodes_are_refused():
    with pytest.raises(UserError, match=r"one of .*biosemi32.*, standard_1020.*; found biosemi33"):
        montage_of("biosemi33", layout(), reference="average")
    with pytest.raises(UserError, match=r"at least 16 electrodes.*found 3"):
        montage_of("biosemi32", layout(("CZ", "OZ", "PZ")), reference="average")
