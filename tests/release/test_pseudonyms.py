"""Codes of the subjects in the release."""

import json
import subprocess

import h5py
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.builders import build_results
from tests.release.conftest import FEW
from tests.release.parts import write_generated, write_release
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.dataset import to_epochs
from videeg_pipe.release.pseudonyms import released_codes, renamed, without_codes, write_key
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array
from videeg_pipe.sources.findings import Finding, findings_table

PEOPLE = [f"sub-{number:02d}" for number in range(1, 13)]


def codes(pseudonyms="auto", *, simulated=False, seed=42, subjects=PEOPLE):
    options = ReleaseOptions(pseudonyms=pseudonyms)
    return released_codes(subjects, options, simulated=simulated, seed=seed)


def test_real_people_get_numbers_that_do_not_follow_their_codes():
    made = codes()
    assert sorted(made.values()) == [f"person-{number:02d}" for number in range(1, 13)]
    assert list(made.values()) != sorted(made.values())
    assert codes(seed=7) != made == codes("number")


def test_codes_stay_on_request_and_for_simulated_people():
    same = dict(zip(PEOPLE, PEOPLE, strict=True))
    assert codes("keep") == codes(simulated=True) == same
    assert codes("number", simulated=True) == codes()


def test_a_mapping_names_every_person():
    own = {code: f"P{place}" for place, code in enumerate(PEOPLE)}
    assert codes(own) == own
    with pytest.raises(UserError, match=r"release\.pseudonyms.*found none for sub-12"):
        codes({code: own[code] for code in PEOPLE[:-1]})


@pytest.mark.parametrize("names", [["P1", "P1"], ["P1", "../P2"], ["P1", ""]])
def test_pseudonyms_are_distinct_names(names):
    with pytest.raises(ValidationError, match=r"release\.pseudonyms: expected another pseudonym"):
        ReleaseOptions(pseudonyms=dict(zip(["a", "b"], names, strict=True)))


def test_samples_are_sorted_by_the_new_code():
    table = pd.DataFrame({"subject": list("aabb"), "sample_id": ["a-0", "a-1", "b-0", "b-1"]})
    released, rows = renamed(table, {"a": "y", "b": "x"})
    assert released["subject"].tolist() == list("xxyy")
    assert released["sample_id"].tolist() == ["x-000000", "x-000001", "y-000000", "y-000001"]
    assert rows.tolist() == [2, 3, 0, 1]


def test_sentences_on_repaired_files_name_no_code(tmp_path):
    write_key(tmp_path / "key.csv", {"sub-1": "sub-2", "sub-2": "sub-1"})
    findings = findings_table(
        [Finding("sub-1_eeg.edf", "skipped", "sub-1 has no video, unlike sub-2 and sub-10.")]
    )
    shown = without_codes(findings, tmp_path / "key.csv")
    assert shown["what"].tolist() == ["sub-2 has no video, unlike sub-1 and sub-10."]


@pytest.fixture(scope="module")
def two_people(tmp_path_factory):
    """A folder of results, its samples (n, 10, 200) and their windows."""
    root = build_results(tmp_path_factory.mktemp("two"), n_concepts=3, channels=FEW, truth=False)
    eeg = write_generated(root, FEW)
    return root, eeg, pd.read_parquet(root / "windows.parquet").query("released")


def test_every_sample_keeps_its_eeg_labels_and_checksum(two_people):
    root, eeg, windows = two_people
    first, second = windows["subject"].unique()
    new = {first: "zoe", second: "ann"}  # the order of the people changes
    folder = write_release(root, kind="bids", pseudonyms=new)
    with h5py.File(folder / "videeg-gen.h5") as file:
        places = pd.Index(windows["seed"]).get_indexer(file["seed"][:])
        expected = windows.iloc[places]
        np.testing.assert_array_equal(file["eeg"][:], eeg[places])
        subjects = file["subject"].asstr()[:]
        assert subjects.tolist() == sorted(subjects) == expected["subject"].map(new).tolist()
        for name in ("concept", "split", "video_id"):
            assert file[name].asstr()[:].tolist() == expected[name].tolist()
        np.testing.assert_array_equal(file["video_time_s"][:], expected["video_time_s"])
        peaks = np.abs(file["eeg"][:]).max(axis=(1, 2))
        np.testing.assert_allclose(file["eeg_scale"][:][peaks > 0], 1 / peaks[peaks > 0], 1e-6)
        ids = file["sample_id"].asstr()[:].tolist()
    manifest = pd.read_parquet(folder / "manifest.parquet")
    assert manifest["sample_id"].tolist() == ids
    assert manifest["sha256"].tolist() == [sha256_array(eeg[place]) for place in places]
    split = json.loads((folder / "dataset_split.json").read_text())["splits"]
    assert {name for part in split.values() for name in part["sample_ids"]} == set(ids)
    assert to_epochs(folder / "videeg-gen.h5", subject="ann").metadata["subject"].eq("ann").all()


def test_no_code_of_the_source_is_in_a_released_file(two_people):
    root, _, windows = two_people
    folder = write_release(root, kind="bids")
    people = windows["subject"].unique()
    for path in folder.iterdir():
        content = path.read_bytes()
        for subject in people:
            assert subject.encode() not in content, path.name
    key = pd.read_csv(root / "pseudonyms.csv")
    assert key["subject"].tolist() == people.tolist()
    assert set(key["released_as"]) == {"person-1", "person-2"}
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert done.returncode == 0
