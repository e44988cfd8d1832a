"""Licence, authors and consent: stated by options or the data set, otherwise "not stated"."""

import json

import h5py
import mlcroissant as mlc
import pandas as pd
import pytest

from tests.release.parts import refused, write_release
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.release.rights import licence_address, licence_text, read_rights
from videeg_pipe.sources.registry import SOURCES

VIDEOS = pd.DataFrame({"licence": ["not stated", "not stated"]})
DESCRIBED = {
    "Name": "a study",
    "License": "CC0",
    "Authors": ["Ada Lovelace", "Grace Hopper"],
    "EthicsApprovals": ["Board of Ethics, 12/2024"],
}


def rights(facts=None, tmp_path=None, kind="bids", videos=VIDEOS, **options):
    paths = []
    if facts is not None:
        paths = [tmp_path / "dataset_description.json"]
        paths[0].write_text(json.dumps(facts), encoding="utf-8")
    return read_rights(ReleaseOptions(**options), SOURCES[kind], paths, videos)


@pytest.mark.parametrize("kind", ["bids", "seed-dv"])
def test_nothing_is_stated_for_recorded_people(kind):
    made = rights(kind=kind)
    assert made == {
        "license": "not stated",
        "license_origin": "not stated",
        "authors": ["not stated"],
        "consent": "not stated",
        "video_licence": "not stated",
    }
    assert "nobody has permission" in licence_text(made)
    assert "Creative" not in licence_text(made)


def test_the_data_set_states_licence_and_authors_but_neither_consent_nor_videos(tmp_path):
    made = rights(DESCRIBED, tmp_path)
    assert (made["license"], made["license_origin"]) == ("CC0", "the data set of the recordings")
    assert made["authors"] == ["Ada Lovelace", "Grace Hopper"]
    assert made["consent"] == (
        "not stated; ethics approval of the recordings: Board of Ethics, 12/2024"
    )
    assert made["video_licence"] == "not stated"
    text = licence_text(made)
    assert "Licence: CC0\nText: https://creativecommons.org/publicdomain/zero/1.0/" in text
    assert "Ada Lovelace, Grace Hopper" in text


def test_options_take_precedence(tmp_path):
    options = {
        "licence": "CC-BY-NC-4.0",
        "authors": ["The laboratory"],
        "consent": "all agreed",
        "video_licence": "CC-BY-3.0",
    }
    made = rights(DESCRIBED, tmp_path, **options)
    assert made == {
        "license": "CC-BY-NC-4.0",
        "license_origin": "the configuration of the run",
        "authors": ["The laboratory"],
        "consent": "all agreed",
        "video_licence": "CC-BY-3.0",
    }


@pytest.mark.parametrize("empty", ["", "n/a", "[Unspecified]", "TODO: fill in", None])
def test_a_template_that_nobody_filled_in_states_nothing(tmp_path, empty):
    made = rights({"License": empty, "Authors": [empty]}, tmp_path)
    assert (made["license"], made["authors"]) == ("not stated", ["not stated"])


def test_a_single_author_may_be_a_text(tmp_path):
    assert rights({"Authors": "Ada Lovelace"}, tmp_path)["authors"] == ["Ada Lovelace"]


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 20000])
def test_a_broken_description_is_refused(small, tmp_path, text):
    path = tmp_path / "dataset_description.json"
    path.write_text(text)

    def make():
        write_release(small, description=path, kind="bids")

    refused(make, "dataset_description.json", "release.licence")


def test_the_phantom_keeps_its_licence_and_authors():
    made = rights(kind="phantom", videos=pd.DataFrame({"licence": ["CC-BY-4.0"]}))
    assert (made["license"], made["authors"]) == ("CC-BY-4.0", ["VidEEG-Gen contributors"])
    assert made["consent"] == "not needed: the people are simulated"
    assert licence_text(made).startswith("Attribution 4.0 International\n")


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc by 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC BY-NC-SA 4.0", "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
        ("PDDL", "https://opendatacommons.org/licenses/pddl/1-0/"),
        ("https://our.lab/terms", "https://our.lab/terms"),
        ("our terms", None),
        ("not stated", None),
    ],
)
def test_well_known_licences_have_an_address(licence, address):
    assert licence_address(licence) == address


def test_every_file_of_a_laboratory_s_release_says_that_nothing_is_stated(small):
    folder = write_release(small, kind="bids", video_licence="not stated")
    with h5py.File(folder / "videeg-gen.h5") as file:
        assert file.attrs["license"] == file.attrs["consent"] == "not stated"
        assert file.attrs["authors"].tolist() == ["not stated"]
    document = json.loads((folder / "croissant.json").read_text())
    assert document["license"] == document["creator"]["name"] == "not stated"
    assert "author = {{not stated}}" in document["citeAs"]
    issues = mlc.Dataset(str(folder / "croissant.json")).metadata.ctx.issues
    assert not issues.errors
    assert "Licence: not stated." in (folder / "LICENSE").read_text()
    card = (folder / "README.md").read_text()
    assert "**Not yet.** Not stated: release.licence, release.consent." in card
    for path in folder.iterdir():
        if path.suffix != ".h5":
            assert b"contributors" not in path.read_bytes()
            assert b"CC-BY" not in path.read_bytes()


def test_a_laboratory_s_statements_reach_every_file(small, tmp_path):
    path = tmp_path / "dataset_description.json"
    path.write_text(json.dumps(DESCRIBED))
    folder = write_release(small, description=path, kind="bids", consent="all | agreed")
    document = json.loads((folder / "croissant.json").read_text())
    assert document["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert [one["name"] for one in document["creator"]] == DESCRIBED["Authors"]
    card = (folder / "README.md").read_text()
    assert "| Consent | all \\| agreed |" in card
    assert "[CC0](https://creativecommons.org/publicdomain/zero/1.0/)" in card
    assert "author = {{Ada Lovelace} and {Grace Hopper}}" in card
    with h5py.File(folder / "videeg-gen.h5") as file:
        assert file.attrs["authors"].tolist() == DESCRIBED["Authors"]
