"""Electrode positions: the right places, whatever system and unit a file states, or a refusal."""

import json

import mne
import numpy as np
import pytest

from tests.sources.bids.electrode_files import HEAD, NAMES, TRUTH, als, ars, place, ras, write
from videeg_pipe.runtime.errors import UserError

NUMBERED = [f"E{number}" for number in range(1, 21)]


def scanner(xyz):
    """Axes of the head, turned by 10 degrees in pitch around another origin."""
    angle = np.radians(10)
    turn = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    return np.asarray(xyz) @ np.transpose(turn) + [0.002, -0.02, 0.045]


@pytest.mark.parametrize(
    ("system", "to"),
    [
        ("CapTrak", ras),
        ("ElektaNeuromag", ras),
        ("RAS", ras),
        ("CTF", als),
        ("EEGLAB", als),
        ("EEGLAB-HJ", als),
        ("ALS", als),
        ("ARS", ars),
        ("n/a", ras),
        ("Other", ras),
    ],
)
def test_stated_axes_are_converted_exactly(system, to, folder):
    write(folder, system, to)
    positions, findings = place(folder)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    assert findings == []
    if system not in ("n/a", "Other"):  # names tell nothing, the system does
        write(folder, system, to, names=NUMBERED)
        np.testing.assert_allclose(place(folder, names=NUMBERED)[0], TRUTH, atol=1e-9)


@pytest.mark.parametrize("system", ["Other", "n/a", "BESA"])
def test_unstated_axes_follow_from_the_names(system, folder):
    write(folder, system, als)
    positions, findings = place(folder)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    assert findings == [
        (
            "repaired",
            f"Positions in {system} are turned by 90 degrees and shifted by 2.0 cm, so that 10-05 "
            "names fit a template.",
        )
    ]


def test_a_person_differs_from_the_template(folder):
    """Positions of a digitised head stay as they are."""
    rng = np.random.default_rng(0)
    person = 1.08 * TRUTH + rng.normal(0, 0.006, TRUTH.shape) + [0, 0.004, -0.01]
    write(folder, "CapTrak", xyz=person)
    positions, findings = place(folder)
    np.testing.assert_allclose(positions, person, atol=1e-9)
    assert findings == []
    write(folder, "Other", als, xyz=person)  # turned: the shape of the head stays
    positions, findings = place(folder)
    assert np.linalg.norm(positions - person, axis=1).max() < 0.02
    np.testing.assert_allclose(pairwise(positions), pairwise(person), atol=1e-9)


def pairwise(xyz):
    return np.linalg.norm(xyz[:, None] - xyz, axis=-1)


@pytest.mark.parametrize("system", ["MNI152NLin2009bAsym", "ScanRAS", "Other"])
@pytest.mark.parametrize("landmarks", [True, False])
def test_positions_of_a_scan_are_brought_to_the_head(system, landmarks, folder):
    write(folder, system, scanner, landmarks=landmarks)
    positions, [(action, what)] = place(folder)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    assert action == "repaired"
    assert "turned by 10 degrees" in what or "by the landmarks" in what


def test_landmarks_serve_electrodes_without_names(folder):
    write(folder, "Other", als, names=NUMBERED, landmarks=True)
    positions, findings = place(folder, names=NUMBERED)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    assert findings == [
        ("repaired", "Positions in Other are brought to head coordinates by the landmarks.")
    ]


def edit_system(folder, **facts):
    path = folder / "sub-01_coordsystem.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


@pytest.mark.parametrize("names", [NAMES, NUMBERED])
@pytest.mark.parametrize("per_m", [1, 100, 1000])
def test_landmarks_may_have_a_unit_of_their_own(per_m, names, folder):
    write(folder, "Other", als, names=names)
    points = dict(zip(HEAD, (als(list(HEAD.values())) * per_m).tolist(), strict=True))
    edit_system(folder, AnatomicalLandmarkCoordinates=points)
    positions, findings = place(folder, names=names)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    assert findings[0][1].endswith("brought to head coordinates by the landmarks.")


@pytest.mark.parametrize("points", ["n/a", None, {}, {"NAS": "n/a", "LPA": None, "RPA": [0]}])
def test_landmarks_may_be_absent(points, folder):
    write(folder, "CapTrak")
    edit_system(folder, AnatomicalLandmarkCoordinates=points)
    np.testing.assert_allclose(place(folder)[0], TRUTH, atol=1e-9)


def test_landmarks_that_are_not_those_of_the_head_do_not_move_electrodes(folder):
    write(folder, "Other", als)
    far = {name: (als([at])[0] * 1000 + [0, 0, 90]).tolist() for name, at in HEAD.items()}
    near = {name: [5 * value for value in at] for name, at in far.items()}
    for points in (far, near):  # 9 cm away; 80 cm between the ears
        edit_system(folder, AnatomicalLandmarkCoordinates=points)
        positions, [(_, what)] = place(folder)
        np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
        assert what.endswith("so that 10-05 names fit a template.")
    write(folder, "Other", als, names=NUMBERED)
    edit_system(folder, AnatomicalLandmarkCoordinates=near)
    with pytest.raises(UserError, match="without landmarks of a head"):
        place(folder, names=NUMBERED)


@pytest.mark.parametrize(
    ("per_m", "stated", "action", "right"),
    [
        (1000, "m", "repaired", "mm"),
        (100, "m", "repaired", "cm"),
        (1, "mm", "repaired", "m"),
        (1000, "cm", "repaired", "mm"),
        (1, "n/a", "assumed", "m"),
        (1000, "n/a", "assumed", "mm"),
    ],
)
@pytest.mark.parametrize("names", [NAMES, NUMBERED])
def test_a_unit_that_spans_no_head_is_replaced(per_m, stated, action, right, names, folder):
    write(folder, "CapTrak", per_m=per_m, unit=stated, names=names)
    positions, findings = place(folder, names=names)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    [(done, what)] = findings
    assert done == action
    assert what.startswith(
        f"Positions are in {right}" + (f", not {stated}: " if stated != "n/a" else ": ")
    )


def test_a_unit_sphere_is_refused_and_the_advice_works(folder):
    sphere = TRUTH / np.linalg.norm(TRUTH, axis=1, keepdims=True)
    write(folder, "CapTrak", xyz=sphere, per_m=1, unit="m")
    with pytest.raises(UserError, match=r"span a head.*bids\.electrodes to template"):
        place(folder)
    positions, findings = place(folder, "template")
    np.testing.assert_array_equal(positions, TRUTH)
    assert findings == [
        (
            "assumed",
            "Electrode positions are those of the 10-05 template, as bids.electrodes states.",
        )
    ]


@pytest.mark.parametrize(
    ("stated", "to", "right"), [("CapTrak", als, "ALS"), ("EEGLAB", ras, "RAS")]
)
def test_a_turned_head_is_refused_and_the_advice_works(stated, to, right, folder):
    write(folder, stated, to)
    with pytest.raises(UserError, match=rf"in {stated} with axes.*found \w+ \d+ cm.*by 90 degrees"):
        place(folder)
    positions, said = place(folder, right)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    axes = f"Electrode positions have the axes {right}, as bids.electrodes states."
    assert said == [("assumed", axes)]


def test_exchanged_electrodes_and_sides_are_refused_by_name(folder):
    typo = TRUTH.copy()
    typo[NAMES.index("O1")] = TRUTH[NAMES.index("F4")]
    write(folder, "CapTrak", xyz=typo)
    with pytest.raises(UserError, match=r"tsv; expected electrodes within 4 cm.*found O1 1\d cm"):
        place(folder)
    write(folder, "ALS", ars)
    exchanged = r"found left and right exchanged; change the sign.*state the axes.*to template"
    with pytest.raises(UserError, match=exchanged):
        place(folder)
    np.testing.assert_allclose(place(folder, "ARS")[0], TRUTH, atol=1e-9)
    write(folder, "CapTrak", xyz=TRUTH * [-1, 1, 1])
    with pytest.raises(UserError, match=exchanged):
        place(folder)


def test_unknown_axes_without_names_are_refused_and_the_advice_works(folder):
    write(folder, "Other", als, names=NUMBERED)
    with pytest.raises(
        UserError, match=r"Other without landmarks of a head or 10-05 names; state the axes"
    ):
        place(folder, names=NUMBERED)
    positions, _ = place(folder, "ALS", names=NUMBERED)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    with pytest.raises(UserError, match=r"10-05 names of all EEG channels for template; found E1"):
        place(folder, "template", names=NUMBERED)


def test_landmarks_contradict_axes_where_names_tell_nothing(folder):
    write(folder, "CapTrak", als, names=NUMBERED, landmarks=True)
    with pytest.raises(UserError, match=r"NAS in front of.*CapTrak with axes RAS; found it 90 deg"):
        place(folder, names=NUMBERED)
    np.testing.assert_allclose(place(folder, "ALS", names=NUMBERED)[0], TRUTH, atol=1e-9)


@pytest.mark.parametrize("kind", ["biosemi32", "easycap-M1"])
def test_positions_of_caps_stay_as_they_are(kind, folder):
    """Spherical positions, with the origin in the middle of the head."""
    places = mne.channels.make_standard_montage(kind).get_positions()["ch_pos"]
    cap = np.array([places[name] for name in NAMES])
    write(folder, "CapTrak", xyz=cap)
    positions, findings = place(folder)
    np.testing.assert_allclose(positions, cap, atol=1e-9)
    assert findings == []


def test_names_of_other_systems_are_not_those_of_10_05(folder):
    """BioSemi's C1 to C32 and F1 to F32 share names with 10-05, not places."""
    names = [f"{letter}{number}" for letter in "CFEH" for number in range(1, 6)]
    write(folder, "CapTrak", xyz=TRUTH[::-1], names=names)
    with pytest.raises(UserError, match="within 4 cm"):  # half of them are known
        place(folder, names=names)
    names = [f"{letter}{number}" for letter in "CGEH" for number in range(1, 6)]
    write(folder, "CapTrak", xyz=TRUTH[::-1], names=names)
    np.testing.assert_allclose(place(folder, names=names)[0], TRUTH[::-1], atol=1e-9)


def test_of_two_spaces_that_of_the_head_is_used(folder):
    write(folder, "MNI152NLin2009bAsym", scanner, space="_space-MNI152NLin2009bAsym")
    write(folder, "CapTrak", space="_space-CapTrak")
    positions, findings = place(folder)
    np.testing.assert_allclose(positions, TRUTH, atol=1e-9)
    what = "Electrode positions in CapTrak are used, those in MNI152NLin2009bAsym are not."
    assert findings == [("assumed", what)]


def test_positions_are_inherited_and_the_nearest_count(folder):
    root = folder.parent.parent
    write(folder, "CapTrak")
    for file in folder.iterdir():
        file.rename(root / file.name.removeprefix("sub-01_"))
    np.testing.assert_allclose(place(folder)[0], TRUTH, atol=1e-9)
    person = TRUTH + np.array([0, 0, 0.004])
    write(folder, "CapTrak", xyz=person)
    np.testing.assert_allclose(place(folder)[0], person, atol=1e-9)
    (folder / "sub-01_electrodes.tsv").rename(folder / "sub-01_task-other_electrodes.tsv")
    np.testing.assert_allclose(place(folder)[0], TRUTH, atol=1e-9)


def test_without_electrodes_tsv_the_header_of_the_recording_counts(folder):
    with pytest.raises(UserError, match=r"none of Fp1, Fp2.*set bids\.electrodes to template"):
        place(folder)
    montage = mne.channels.make_dig_montage(
        dict(zip(NAMES, TRUTH, strict=True)), coord_frame="head"
    )
    np.testing.assert_array_equal(place(folder, montage=montage)[0], TRUTH)
    turned = mne.channels.make_dig_montage(
        dict(zip(NAMES, als(TRUTH), strict=True)), coord_frame="head"
    )
    with pytest.raises(UserError, match=r"eeg\.edf; .*turned by 90 degrees"):
        place(folder, montage=turned)


def test_broken_json_is_refused_with_its_place(folder):
    write(folder, "CapTrak")
    (folder / "sub-01_coordsystem.json").write_text('{"EEGCoordinateSystem": "CapTrak" "x": 1}')
    with pytest.raises(UserError, match=r"coordsystem\.json; .*line 1 column \d+.*; correct it"):
        place(folder)
