"""Linkage assigns samples to their people where they carry them."""

from tests.scoring.privacy.people import BOOTSTRAP, FRESH, WINDOWS, fresh, table
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.privacy.linkage import score_linkage


def score(data):
    return to_json(score_linkage(data, BOOTSTRAP, 1))


def test_a_sample_of_the_wrong_person_is_linked_to_the_right_one():
    right = score(FRESH)
    assert right["value"] > 0.95 and right["back"]["value"] > 0.95
    assert right["ceiling"]["value"] > 0.95 and right["chance"] == 0.5
    swapped = WINDOWS["subject"].map({"sub0": "sub1", "sub1": "sub0"})
    wrong = score(fresh(WINDOWS, labels=swapped))
    assert wrong["value"] < 0.05 and wrong["back"]["value"] < 0.05
    assert wrong["ceiling"] == right["ceiling"]


def test_samples_of_a_stranger_are_linked_at_chance():
    people = table(people=4)
    stranger = fresh(people, labels=["sub9"] * len(people))
    entry = score(stranger)
    assert entry["value"] < 0.5 < entry["ceiling"]["value"] and entry["chance"] == 0.25


def test_without_two_people_or_both_splits_there_is_no_score():
    alone = score(fresh(table(people=1, clips=40)))
    assert alone["value"] is None and "one person" in alone["reason"]
    assert score(fresh(WINDOWS.assign(split="test")))["value"] is None
    trained = score(fresh(WINDOWS.assign(split="train")))
    assert trained["reason"] == "no released samples of people in the training were held out"
