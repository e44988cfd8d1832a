"""Claims that recordings carry, and the badge that says whose recordings they are."""

import html
import re
from dataclasses import replace

import pytest

from tests.report.browser import drive
from tests.report.pages import entry, text_of
from tests.report.test_conclusions import of_power
from tests.report.test_people import write_people
from videeg_pipe.contracts.held_out import HeldOut
from videeg_pipe.report.claims import caveats, claims, recorded
from videeg_pipe.report.people import read_people
from videeg_pipe.sources.findings import Finding

TWELVE = HeldOut(4, 4, 12, 12, 12, ("run",))
BANDS = ("delta", "theta", "alpha", "beta", "gamma")


@pytest.fixture
def real(made_scores):
    """Scores of a run on real recordings, all claims carried."""
    made_scores["source"] = "moabb"
    fidelity = made_scores["fidelity"]
    fidelity["c2st"]["training"] = entry(0.66, 0.6, 0.72)
    power = entry(0.7, 0.65, 0.75, training=entry(0.68, 0.6, 0.72), floor=entry(1.0, 0.9, 1.1))
    fidelity["band_power_ratio"] = {band: dict(power) for band in BANDS}
    return made_scores


def by_name(scores, held_out=TWELVE, people=None):
    names = ("time", "power", "classifiers", "people")
    return dict(zip(names, claims(scores, held_out, people), strict=True))


def first_screen(page):
    first = page[page.index("<body>") : page.index('id="share"')]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", first).split()))


@pytest.mark.parametrize(
    ("facts", "badge"),
    [
        ((12, "Kalunga2016", False), "Trained on REAL recordings of 12 people (Kalunga2016)"),
        ((1, None, False), "Trained on REAL recordings of 1 person"),
        ((4, None, True), "Trained on SIMULATED recordings of 4 people"),
    ],
)
def test_the_badge_says_whose_recordings(facts, badge):
    n, dataset, simulated = facts
    assert recorded(n, dataset, simulated=simulated) == badge


def test_scores_like_those_of_training_windows_carry_the_claims(real):
    found = by_name(real)
    assert [of.carried for of in found.values()] == [True, True, True, None]
    assert found["time"].text == "r 0.400 [0.380, 0.420]; with other videos 0.040."
    assert "delta to gamma: 0.700 0.700" in found["power"].text
    assert found["power"].text.endswith("real training windows 0.680 0.680 0.680 0.680 0.680.")
    assert "snakemake people" in found["people"].text
    assert found["power"].claim == "Has the power of real training windows in each band"
    assert found["classifiers"].claim == "No easier to detect than real training windows"
    assert [of.verdict for of in found.values()] == ["Carried"] * 3 + ["Not measured"]


def test_the_control_that_decided_is_named(real):
    alignment = real["alignment"]
    alignment["wrong_time_r"] = entry(-0.004, -0.01, 0.0)
    alignment["chance"] |= {"control": "wrong_time_r"}
    assert "at other times of the same video −0.004" in by_name(real)["time"].text
    alignment["chance"] |= {"above_chance": False, "reason": "there are too few clips to tell"}
    time = by_name(real)["time"]
    assert time.carried is False and time.text.endswith(": there are too few clips to tell.")


def test_a_late_response_does_not_follow_in_time(real):
    real["alignment"]["lag_ms"] = entry(40.0, 30.0, 50.0)
    time = by_name(real)["time"]
    assert time.carried is False and "late" in time.text


def test_an_unknown_phase_leaves_power_but_no_waveforms(real):
    real["alignment"] |= of_power()
    time, power, *_ = claims(real, TWELVE)
    assert (time.carried, power.carried) == (None, True)
    assert "the phase of the flicker is unknown" in time.text
    assert "SNR 3.00 [2.50, 3.50]; real windows 6.00" in power.text
    real["alignment"] |= of_power(above=False)
    assert claims(real, TWELVE)[1].carried is False
    real["alignment"] |= of_power(above=False, floor=None)
    assert claims(real, TWELVE)[1].carried is None


def test_power_unlike_that_of_training_windows_is_named_by_band(real):
    real["fidelity"]["band_power_ratio"]["gamma"] |= entry(0.4, 0.35, 0.45)
    power = by_name(real)["power"]
    assert power.carried is False
    assert "0.700 0.400; real training" in power.text
    assert power.text.endswith("Unlike them: gamma.")
    for band in real["fidelity"]["band_power_ratio"].values():
        del band["training"]  # other people's: halves of the test windows remain
    power = by_name(real)["power"]
    assert "halves of the real test windows" in power.text
    assert power.claim == "Has the power of halves of the real test windows in each band"
    del real["fidelity"]["band_power_ratio"]
    assert by_name(real)["power"].carried is None


def test_classifiers_are_compared_with_training_windows_not_with_chance(real):
    c2st = real["fidelity"]["c2st"]
    assert c2st["low"] > c2st["floor"]["high"] and by_name(real)["classifiers"].carried
    c2st |= entry(0.9, 0.85, 0.95)
    assert by_name(real)["classifiers"].carried is False
    c2st |= entry(0.9)
    assert by_name(real)["classifiers"].carried is None


def test_unseen_people_need_scores_of_their_own(real, tmp_path):
    one = replace(TWELVE, people=1, trained_people=1, n_training_people=1)
    assert by_name(real, one)["people"].carried is None
    assert "The training has one person" in by_name(real, one)["people"].text
    apart = replace(TWELVE, trained_people=0)
    assert by_name(real, apart)["people"].carried is True
    real["alignment"]["chance"]["above_chance"] = False
    assert by_name(real, apart)["people"].carried is False
    people = read_people(write_people(tmp_path / "people.csv"))
    scored = by_name(real, TWELVE, people)["people"]
    assert scored.carried is True and "Nearly as well" in scored.text


def test_few_clips_weaken_all_claims(real):
    assert caveats(real) == []
    real["alignment"]["conditional_mean_r"]["n_clips"] = 5
    assert caveats(real) == ["Only 5 test clips: intervals are wide and themselves uncertain."]


def test_the_first_screen_says_real_people_and_claims(scores):
    scores["source"] = "moabb"
    findings = [Finding("a", "assumed", "The rate is guessed."), Finding("b", "repaired", "Cut.")]
    page = text_of(scores, dataset="Kalunga2016", n_people=12, findings=findings)
    first = first_screen(page)
    assert "Trained on REAL recordings of 12 people (Kalunga2016)" in first
    assert "Released EEG is generated" in first and "What this run shows on real EEG" in first
    assert "Follows the video in time" in first
    assert "1 fact about these recordings is assumed" in first and 'id="findings"' in page
    assert "these assumptions about the source hold. The rate is guessed." in page
    assert "SIMULATED" not in page and "No claim about brains" not in page


def test_the_first_screen_of_the_phantom_claims_nothing_about_brains(scores):
    first = first_screen(text_of(scores))
    assert "Trained on SIMULATED recordings of 4 people" in first
    assert "No claim about brains follows" in first
    assert "REAL" not in first and "What this run shows on real EEG" not in first


def test_one_recorded_person_is_not_people(scores):
    scores["source"] = "fpvs"
    scores["dataset"]["per_subject"] = {"sub1": scores["dataset"]["per_subject"]["sub1"]}
    first = first_screen(text_of(scores, n_people=1))
    assert "REAL recordings of 1 person" in first and "1 people" not in first


def test_the_claims_fit_a_phone(scores, tmp_path):
    scores["source"] = "moabb"
    scores["alignment"] |= of_power()
    script = "return [document.documentElement.scrollWidth, innerWidth];"
    page = text_of(scores, dataset="Kalunga2016", n_people=12)
    (width, window), _ = drive(page, script, tmp_path, width=390)
    assert width <= window
