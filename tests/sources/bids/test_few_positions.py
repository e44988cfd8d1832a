"""Positions of four to eight electrodes: good data pass, wrong units and axes do not."""

import numpy as np
import pytest

from tests.sources.bids.electrode_files import als, place, write
from tests.sources.patch import EIGHT, FOUR
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.runtime.errors import UserError

FEW = [FOUR, EIGHT, ("Fz", "Cz", "Pz", "Oz"), ("AF7", "AF8", "TP7", "TP8")]
FEW += [("Fp1", "Fpz", "Fp2", "AF7")]  # nearly on a line


@pytest.mark.parametrize("names", FEW)
@pytest.mark.parametrize(
    ("per_m", "stated", "said"),
    [
        (1000, "m", ["Positions are in mm, not m: in this unit the electrodes span a head."]),
        (100, "m", ["Positions are in cm, not m: in this unit the electrodes span a head."]),
        (1, "mm", ["Positions are in m, not mm: in this unit the electrodes span a head."]),
        (1, "m", []),
        (1000, "mm", []),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_the_unit_follows_from_few_electrodes(named, per_m, stated, said, names, folder):
    truth = electrode_positions(names)
    used = names if named else tuple(f"E{number}" for number in range(len(names)))
    write(folder, "CapTrak", per_m=per_m, unit=stated, names=used, xyz=truth)
    positions, findings = place(folder, names=used)
    np.testing.assert_allclose(positions, truth, atol=1e-9)
    assert [what for _, what in findings] == said


@pytest.mark.parametrize("names", FEW)
def test_digitised_electrodes_stay_as_they_are(names, folder):
    """Errors of placement turn the fit of a patch, which is no reason to refuse it."""
    truth = electrode_positions(names)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        person = 1.06 * truth + rng.normal(0, 0.007, truth.shape) + [0, 0.004, -0.01]
        write(folder, "CapTrak", names=names, xyz=person)
        positions, findings = place(folder, names=names)
        np.testing.assert_allclose(positions, person, atol=1e-9)
        assert findings == []


@pytest.mark.parametrize("names", [*FEW, ("Cz", "C1", "C2", "FCz", "CPz")])
def test_wrong_axes_of_few_electrodes_are_refused(names, folder):
    write(folder, "CapTrak", als, names=names, xyz=electrode_positions(names))
    with pytest.raises(UserError, match=r"in CapTrak with axes RAS; found .* turned by 90 degrees"):
        place(folder, names=names)
    positions, _ = place(folder, "ALS", names=names)
    np.testing.assert_allclose(positions, electrode_positions(names), atol=1e-9)


def test_an_electrode_elsewhere_is_refused(folder):
    for names in (EIGHT, FOUR, FEW[2], FEW[3]):
        typo = electrode_positions(names).copy()
        typo[-1] = electrode_positions(("F4",))[0]
        write(folder, "CapTrak", names=names, xyz=typo)
        with pytest.raises(UserError):
            place(folder, names=names)


def test_unknown_axes_follow_from_the_names_of_a_patch(folder):
    write(folder, "Other", als, names=EIGHT, xyz=electrode_positions(EIGHT))
    positions, [(action, what)] = place(folder, names=EIGHT)
    np.testing.assert_allclose(positions, electrode_positions(EIGHT), atol=1e-9)
    assert action == "repaired"
    assert "turned by 90 degrees" in what


@pytest.mark.parametrize("names", FEW)
def test_without_positions_the_template_serves(names, folder):
    with pytest.raises(UserError, match=r"set bids\.electrodes to template"):
        place(folder, names=names)
    positions, findings = place(folder, "template", names=names)
    np.testing.assert_array_equal(positions, electrode_positions(names))
    assert [action for action, _ in findings] == ["assumed"]
