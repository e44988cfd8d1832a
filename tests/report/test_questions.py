"""Answers follow the scores and their intervals, for good and bad generators."""

import numpy as np
import pytest

from tests.report.pages import entry
from tests.scoring import test_known_answers as known
from tests.scoring.privacy import people as audits
from tests.scoring.privacy.test_copies import score as copy_scores
from tests.scoring.privacy.test_membership import attack
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.report import questions
from videeg_pipe.scoring.privacy.linkage import score_linkage

PEOPLE = audits.WINDOWS.groupby("subject").indices


def test_video(made_scores):
    assert questions.video(made_scores).good
    assert "89 % of the ceiling" in questions.video(made_scores).text
    made_scores["alignment"]["blank_video_r"] = entry(0.39, 0.37, 0.41)
    answer = questions.video(made_scores)
    assert (answer.short, answer.good) == ("Hardly.", False) and "gives as much" in answer.text
    made_scores["alignment"]["chance"]["above_chance"] = False
    assert not questions.video(made_scores).good
    assert "not shown that the samples follow the video" in questions.video(made_scores).text
    assert "A blank video" not in questions.video(made_scores).text
    made_scores["alignment"]["blank_video_r"] = entry(0.0, -0.01, 0.01)
    assert "A blank video gives less, r = 0.000" in questions.video(made_scores).text


def test_a_late_response_is_not_good(made_scores):
    made_scores["alignment"]["lag_ms"] = entry(40.0, 30.0, 50.0)
    answer = questions.video(made_scores)
    assert answer.good is False and "shifted by 40.0 ms" in answer.text


def test_missing_scores_are_not_measured(made_scores):
    for of in (questions.person, questions.copies):
        assert of(made_scores).short == questions.NOT_MEASURED and of(made_scores).good is None
    made_scores["privacy"] = {"membership_auc": {"value": None, "reason": "two people are too few"}}
    assert "wo people are too few" in questions.copies(made_scores).text
    made_scores["utility"]["concept"] = {"value": None, "reason": "too few windows"}
    assert questions.decoder(made_scores).short == questions.NOT_MEASURED
    assert questions.person(made_scores).short == questions.NOT_MEASURED


@pytest.mark.parametrize(
    ("linkage", "short", "good"),
    [
        ((0.9, 0.85, 0.95), "Yes.", True),
        ((0.4, 0.35, 0.45), "In part.", False),
        ((0.27, 0.2, 0.33), questions.UNDECIDED, False),
        ((0.9, None, None), questions.NO_INTERVAL, None),
        ((0.05, 0.0, 0.1), "No: they resemble another person.", False),
    ],
)
def test_person(audited, linkage, short, good):
    audited["privacy"]["linkage"] |= entry(*linkage)
    answer = questions.person(audited)
    assert (answer.short, answer.good) == (short, good)


@pytest.mark.parametrize(
    ("changes", "short", "good"),
    [
        ({}, "No sign of it.", True),
        (
            {"membership_auc": entry(0.6, 0.4, 0.8)},
            "No sign of it, but the evidence is weak.",
            None,
        ),
        (
            {"membership_auc": entry(0.7, 0.6, 0.8)},
            "No, but they reveal which windows were in the training.",
            False,
        ),
        (
            {"membership_auc": entry(0.7, 0.6, 0.8) | {"floor": entry(0.6, 0.5, 0.7)}},
            "Not shown: no better than the blind attack.",
            None,
        ),
        (
            {"copy_ratio": entry(0.5, 0.4, 0.6)},
            "Too near to the training windows, but no sign of copies.",
            False,
        ),
        (
            {"copy_ratio": entry(0.5, 0.4, 0.6), "membership_auc": entry(0.7, 0.6, 0.8)},
            "In part: they are too near to the training windows.",
            False,
        ),
        (
            {"copied_share": entry(0.2, 0.1, 0.3, ideal=0.01)},
            "A few are too near to training windows.",
            False,
        ),
        ({"positive_control_auc": entry(0.6, 0.45, 0.7)}, "Unknown.", False),
        ({"positive_control_auc": None}, "Unknown.", False),
    ],
)
def test_copies(audited, changes, short, good):
    audited["privacy"] |= changes
    answer = questions.copies(audited)
    assert (answer.short, answer.good) == (short, good)


def answers_of_audit(audit):
    """Answers about the person and copies from an audit of samples."""
    area, _ = attack(audit)
    ratio, share = copy_scores(audit)
    control, _ = attack(audits.COPIES)
    privacy = {"membership_auc": area, "copy_ratio": ratio, "copied_share": share}
    privacy |= {"linkage": to_json(score_linkage(audit, 100, 1)), "positive_control_auc": control}
    scores = {"privacy": privacy}
    return questions.person(scores), questions.copies(scores)


def test_copies_are_detected():
    _, answer = answers_of_audit(audits.COPIES)
    assert (answer.short, answer.good) == ("Yes.", False)


def test_means_of_people_are_bad_but_no_copies():
    real = audits.FRESH.eeg
    means = {name: real[rows].mean(0) for name, rows in PEOPLE.items()}
    generated = np.stack([means[name] for name in audits.WINDOWS["subject"]])
    _, answer = answers_of_audit(audits.audited(audits.WINDOWS, real, generated))
    assert "Yes" not in answer.short and "In part" not in answer.short
    alignment = known.alignment_of(*[0 * known.TRUTH + known.TRUTH.mean(0)] * 2)
    answer = questions.video({"alignment": alignment})
    assert (answer.short, answer.good) == (questions.UNDECIDED, False)


def test_samples_of_another_person_are_detected():
    swapped = audits.WINDOWS["subject"].map({"sub0": "sub1", "sub1": "sub0"})
    answer, _ = answers_of_audit(audits.fresh(audits.WINDOWS, labels=swapped))
    assert (answer.short, answer.good) == ("No: they resemble another person.", False)


def test_a_generator_that_ignores_the_video_is_detected():
    drawn = np.random.default_rng(4).permutation(len(known.TEST))
    alignment = known.alignment_of(known.TRUTH[drawn], known.TRUTH[drawn])
    answer = questions.video({"alignment": alignment})
    assert (answer.short, answer.good) == (questions.UNDECIDED, False)
    assert "not shown that the samples follow the video" in answer.text


@pytest.mark.parametrize(
    ("tstr", "ratio", "short", "good"),
    [
        (
            (0.94, 0.92, 0.96),
            (0.99, 0.97, 1.02),
            "Yes, as well as real windows; other decoders less well.",
            True,
        ),
        ((0.88, 0.86, 0.9), (0.92, 0.9, 0.95), "Yes, nearly as well as real windows.", True),
        ((0.5, 0.46, 0.54), (0.53, 0.5, 0.56), "Yes, but worse than real windows.", False),
        ((0.09, 0.06, 0.12), (0.1, 0.05, 0.14), "No.", False),
    ],
)
def test_decoder(made_scores, tstr, ratio, short, good):
    made_scores["utility"]["concept"] |= {"tstr": entry(*tstr), "ratio": entry(*ratio)}
    answer = questions.decoder(made_scores)
    assert (answer.short, answer.good) == (short, good)
    assert "eegnet 0.400 against 0.500" in answer.text


def test_a_decoder_that_real_windows_do_not_train_shows_nothing(made_scores):
    found = {"tstr": entry(0.35, 0.18, 0.52), "trtr": entry(0.3, 0.13, 0.45), "chance": 0.42}
    made_scores["utility"]["concept"] |= found
    answer = questions.decoder(made_scores)
    assert (answer.short, answer.good) == ("Not shown: real windows do not train one.", None)


def test_tuning_names_changed_options_and_the_data_of_the_defaults(made_scores):
    answer = questions.tuning(made_scores, [("sample.steps", "20", "16")])
    assert "sample.steps" in answer.text and "scored many times" in answer.text
    made_scores["source"] = "bids"
    answer = questions.tuning(made_scores, [])
    assert answer.good and "many times" not in answer.text
