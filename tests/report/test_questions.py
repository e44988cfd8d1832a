"""The words follow the numbers and their intervals, the bad ones too."""

import numpy as np
import pytest

from tests.scoring import test_known_answers as known
from tests.scoring.privacy import test_audit as audits
from videeg_pipe.report import questions, summary
from videeg_pipe.scoring.privacy import linkage

PEOPLE = audits.WINDOWS.groupby("subject").indices


def entry(value, low=None, high=None, **more):
    return {"value": value, "low": low, "high": high} | more


@pytest.fixture
def scores():
    error = entry(0.14, 0.11, 0.19, white_noise=0.95, floor=entry(0.13, 0.1, 0.2))
    return {
        "source": "phantom",
        "split": "test",
        "dataset": {"per_split": {"test": 152}, "n_samples": 1007},
        "alignment": {
            "conditional_mean_r": entry(0.4, 0.38, 0.42),
            "ceiling_r": entry(0.45, 0.43, 0.47),
            "ceiling_r_between_subjects": entry(0.3, 0.28, 0.32),
            "shuffled_video_r": entry(0.04, 0.03, 0.05),
            "blank_video_r": entry(0.0, -0.01, 0.01),
            "lag_ms": entry(0.0, 0.0, 0.0),
            "chance": {"above_chance": True, "difference": entry(0.36, 0.34, 0.38)},
        },
        "fidelity": {
            "c2st": entry(0.67, 0.63, 0.71, floor=entry(0.5, 0.46, 0.54)),
            "covariance_error": error,
            "psd_distance": entry(0.7, white_noise=5.7, floor=entry(0.66)),
        },
        "utility": {
            "concept": {
                "trtr": entry(0.95, 0.93, 0.97),
                "tstr": entry(0.94, 0.92, 0.96),
                "augmented": entry(0.96, 0.94, 0.98),
                "chance": 0.08,
                "ratio": entry(0.99, 0.97, 1.02),
                "decoder": "bands",
                "decoders": {"bands": {}, "eegnet": {"trtr": 0.5, "tstr": entry(0.4)}},
            }
        },
    }


@pytest.fixture
def audited(scores):
    scores["privacy"] = {
        "unit": "subject",
        "membership_auc": entry(0.52, 0.46, 0.58, ideal=0.5),
        "copy_ratio": entry(1.0, 0.97, 1.03, ideal=1),
        "linkage": entry(0.9, 0.85, 0.95, chance=0.25, ceiling=entry(0.98, 0.96, 1.0)),
        "positive_control_auc": entry(0.99, 0.97, 1.0),
    }
    return scores


def test_video(scores):
    assert questions.video(scores).good
    assert "89 % of the ceiling" in questions.video(scores).text
    scores["alignment"]["blank_video_r"] = entry(0.39, 0.37, 0.41)
    answer = questions.video(scores)
    assert (answer.short, answer.good) == ("Hardly.", False) and "reaches as much" in answer.text
    scores["alignment"]["chance"]["above_chance"] = False
    assert not questions.video(scores).good
    assert "do not answer to the video" in questions.video(scores).text


def test_an_answer_that_comes_late_is_not_good(scores):
    scores["alignment"]["lag_ms"] = entry(40.0, 30.0, 50.0)
    answer = questions.video(scores)
    assert answer.good is False and "40.0 ms off" in answer.text


def test_what_is_not_measured_is_said_so(scores):
    for of in (questions.person, questions.copies):
        assert of(scores).short == questions.NOT_MEASURED and of(scores).good is None
    scores["privacy"] = {"membership_auc": {"value": None, "reason": "two people are too few"}}
    assert "wo people are too few" in questions.copies(scores).text
    scores["utility"]["concept"] = {"value": None, "reason": "too few windows"}
    assert questions.decoder(scores).short == questions.NOT_MEASURED
    assert questions.person(scores).short == questions.NOT_MEASURED


@pytest.mark.parametrize(
    ("linkage", "short", "good"),
    [
        ((0.9, 0.85, 0.95), "Yes.", True),
        ((0.4, 0.35, 0.45), "In part.", False),
        ((0.27, 0.2, 0.33), "Not as far as can be told.", False),
        ((0.9, None, None), "There is no interval to tell by.", None),
        ((0.05, 0.0, 0.1), "No: they look like somebody else.", False),
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
            "No sign of it, from little evidence.",
            None,
        ),
        (
            {"membership_auc": entry(0.7, 0.6, 0.8)},
            "No, but they give away in part what was trained on.",
            False,
        ),
        (
            {"membership_auc": entry(0.7, 0.6, 0.8) | {"floor": entry(0.6, 0.5, 0.7)}},
            "Not as far as can be told.",
            None,
        ),
        (
            {"copy_ratio": entry(0.5, 0.4, 0.6)},
            "Too near to the training, but no sign of copies.",
            False,
        ),
        (
            {"copy_ratio": entry(0.5, 0.4, 0.6), "membership_auc": entry(0.7, 0.6, 0.8)},
            "In part: they are nearer to the training than they should be.",
            False,
        ),
        (
            {"copied_share": entry(0.2, 0.1, 0.3, ideal=0.01)},
            "A few are too near to the training.",
            False,
        ),
        ({"positive_control_auc": entry(0.6, 0.45, 0.7)}, "Not known.", False),
        ({"positive_control_auc": None}, "Not known.", False),
    ],
)
def test_copies(audited, changes, short, good):
    audited["privacy"] |= changes
    answer = questions.copies(audited)
    assert (answer.short, answer.good) == (short, good)


def answers_of_audit(found):
    """Answers about the person and copies from an audit of samples."""
    area, _ = audits.judge(found)
    ratio, share = audits.copied(found)
    control, _ = audits.judge(audits.COPIER)
    privacy = {"membership_auc": area, "copy_ratio": ratio, "copied_share": share}
    privacy |= {"linkage": linkage.score(found, 100, 1), "positive_control_auc": control}
    scores = {"privacy": privacy}
    return questions.person(scores), questions.copies(scores)


def test_a_generator_that_copies_is_said_to():
    _, answer = answers_of_audit(audits.COPIER)
    assert (answer.short, answer.good) == ("Yes.", False)


def test_a_generator_of_each_person_s_mean_is_bad_but_no_copier():
    real = audits.FRESH.eeg
    means = {name: real[rows].mean(0) for name, rows in PEOPLE.items()}
    generated = np.stack([means[name] for name in audits.WINDOWS["subject"]])
    _, answer = answers_of_audit(audits.audited(audits.WINDOWS, real, generated))
    assert "Yes" not in answer.short and "In part" not in answer.short
    alignment = known.answers(*[0 * known.TRUTH + known.TRUTH.mean(0)] * 2)
    answer = questions.video({"alignment": alignment})
    assert (answer.short, answer.good) == ("Not as far as can be told.", False)


def test_samples_of_another_person_are_said_to_be():
    swapped = audits.WINDOWS["subject"].map({"sub0": "sub1", "sub1": "sub0"})
    answer, _ = answers_of_audit(audits.fresh(audits.WINDOWS, labels=swapped))
    assert (answer.short, answer.good) == ("No: they look like somebody else.", False)


def test_a_generator_that_ignores_the_video_is_said_to():
    drawn = np.random.default_rng(4).permutation(len(known.TEST))
    alignment = known.answers(known.TRUTH[drawn], known.TRUTH[drawn])
    answer = questions.video({"alignment": alignment})
    assert (answer.short, answer.good) == ("Not as far as can be told.", False)
    assert "do not answer to the video" in answer.text


_AS_WELL = "Yes, as well as with real ones; other decoders less."


@pytest.mark.parametrize(
    ("tstr", "ratio", "short", "good"),
    [
        (
            (0.94, 0.92, 0.96),
            (0.99, 0.97, 1.02),
            "Yes, as well as with real ones; other decoders less.",
            True,
        ),
        ((0.88, 0.86, 0.9), (0.92, 0.9, 0.95), "Yes, nearly as well.", True),
        ((0.5, 0.46, 0.54), (0.53, 0.5, 0.56), "Worse than with real ones.", False),
        ((0.09, 0.06, 0.12), (0.1, 0.05, 0.14), "No.", False),
    ],
)
def test_decoder(scores, tstr, ratio, short, good):
    scores["utility"]["concept"] |= {"tstr": entry(*tstr), "ratio": entry(*ratio)}
    answer = questions.decoder(scores)
    assert (answer.short, answer.good) == (short, good)
    assert "eegnet 0.400 against 0.500" in answer.text


def test_tuning_names_what_was_changed_and_what_the_defaults_saw(scores):
    answer = questions.tuning(scores, [("sample.steps", "20", "16")])
    assert "sample.steps" in answer.text and "scored many times" in answer.text
    scores["source"] = "bids"
    answer = questions.tuning(scores, [])
    assert answer.good and "many times" not in answer.text


def test_five_numbers_lie_between_what_knows_nothing_and_the_best(audited):
    rows = summary.five_numbers(audited)
    assert len(rows) == 5
    answer, told, covariance, taught, members = rows
    best = answer["best"]
    assert best == pytest.approx(100 / 1.12, abs=0.01)
    assert all(row["best"] == best for row in rows)
    assert answer["width"] == pytest.approx(best * 0.36 / 0.41, abs=0.01)
    assert told["width"] == pytest.approx(best * 0.33 / 0.5, abs=0.01)  # lower is better
    assert told["low"] == pytest.approx(best * 0.29 / 0.5, abs=0.01) and told["high"] > told["low"]
    assert "more often than" in told["says"] and not told["says"].startswith("no more")
    assert "1.08 times" in covariance["says"] and "99 %" in taught["says"]
    assert "what guessing reaches" in members["says"]


def test_five_numbers_without_a_measure_or_an_end_have_no_bar(scores):
    nothing = {"value": None, "reason": "because"}
    for name in ("ceiling_r", "ceiling_r_between_subjects"):
        scores["alignment"][name] = nothing
    scores["fidelity"]["c2st"] = nothing | {"floor": None}
    scores["fidelity"]["covariance_error"]["floor"] = None
    scores["utility"]["concept"] = nothing
    rows = summary.five_numbers(scores)
    assert not any("width" in row for row in rows)
    assert [row.get("reason") for row in rows[1:4]] == ["because", None, "because"]
    assert "no privacy audit" in rows[4]["reason"]


def test_a_score_beyond_the_best_stays_on_the_scale(scores):
    scores["alignment"]["conditional_mean_r"] = entry(0.9, 0.8, 1.0)
    row = summary.five_numbers(scores)[0]
    assert row["width"] == row["high"] == 100
