"""The verdict on the conditioning, and its place on the page."""

import pytest

from tests.report.pages import draw, entry, text_of
from videeg_pipe.report.conclusions import few_clips, limits, share_of_ceiling, verdict


def test_verdict_follows_the_scores(scores):
    scores["alignment"]["chance"]["above_chance"] = False
    text = text_of(scores).lower()
    assert "the conditioning is at chance" in text and "not shown" in text
    scores["alignment"]["chance"]["above_chance"] = True
    scores["alignment"]["conditional_mean_r"] |= {"value": 0.3, "low": 0.2, "high": 0.4}
    scores["alignment"]["ceiling_r"] |= {"value": 0.6, "low": 0.5, "high": 0.7}
    text = text_of(scores)
    assert "conditioning is at chance" not in text.lower()
    assert "50 % of the ceiling" in text


def test_the_first_screen_says_what_test_and_training_share(scores):
    assert "Also in the training: 0 of its 1 video and 4 of its 4 people." in text_of(scores)


UNKNOWN = {"value": None, "reason": "the phase of the flicker is unknown"}


def of_power(above=True, **changes):
    """Section `alignment` of flicker whose phase is unknown."""
    snr = entry(3.0, 2.5, 3.5, floor=entry(1.1, 0.9, 1.3), ceiling=entry(6.0, 5.0, 7.0))
    names = ("conditional_mean_r", "ceiling_r", "ceiling_r_between_subjects", "shuffled_video_r")
    alignment = dict.fromkeys((*names, "blank_video_r", "lag_ms"), UNKNOWN)
    chance = {"above_chance": above, "control": "steady_state_snr", "difference": None}
    return alignment | {"chance": chance, "steady_state_snr": snr | changes}


def test_where_phases_are_unknown_power_gives_the_verdict():
    found = verdict(of_power())
    assert found["good"] and found["short"] == "The conditioning works."
    text = found["text"]
    for part in ("3.00 [2.50, 3.50] times", "6.00 [5.00, 7.00] times", "1.10 [0.900, 1.30] times"):
        assert part in text
    assert text.endswith("Waveforms are not compared: the phase of the flicker is unknown.")


def test_power_like_that_at_other_frequencies_is_at_chance():
    alignment = of_power(above=False)
    found = verdict(alignment)
    assert not found["good"] and found["short"] == "The conditioning is at chance."
    assert found["text"].endswith("follow the stimulus: the intervals overlap.")
    alignment["chance"]["reason"] = "there are too few clips or frequencies to tell"
    assert verdict(alignment)["text"].endswith("stimulus: " + alignment["chance"]["reason"] + ".")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"floor": None}, "all stimuli have the same frequency"),
        ({"value": None, "reason": "no video flickers"}, "no video flickers"),
    ],
)
def test_without_power_or_other_frequencies_nothing_is_measured(changes, reason):
    found = verdict(of_power(above=False, **changes))
    assert not found["good"]
    assert (found["short"], found["text"]) == (
        "The conditioning is not measured.",
        f"Not measured: {reason}.",
    )


def test_where_phases_are_unknown_the_page_draws_no_comparison_of_waveforms(scored, scores):
    known = " ".join(text_of(scores, pictures=draw(scored, scores)).split())
    scores["alignment"] |= of_power()
    pictures = draw(scored, scores)
    assert pictures["evoked"] == pictures["correlations"] == [] != pictures["traces"]
    unknown = " ".join(text_of(scores, pictures=pictures).split())
    for phrase in ("agree in latency and sign", "Response to clip onset", "r is the correlation"):
        assert phrase in known and phrase not in unknown
    for phrase in ("should have its frequency in common", "peaks at the same time prove nothing",
                   "agreement of waveforms would prove nothing"):  # fmt: skip
        assert phrase in unknown and phrase not in known


def test_the_page_says_on_its_first_screen_that_phases_are_unknown(scores):
    scores["alignment"] |= of_power()
    text = text_of(scores)
    first = text[: text.index("Questions and answers")]
    assert "waveforms are not scored: the phase of the flicker is unknown" in first
    assert "Waveforms are not compared: the phase of the flicker is unknown." in text
    assert share_of_ceiling(scores["alignment"]) == ""


def test_without_another_video_the_verdict_names_other_times_alone(made_scores):
    alignment = made_scores["alignment"]
    alignment["shuffled_video_r"] = {"value": None, "reason": "one video"}
    alignment["wrong_time_r"] = entry(0.01, 0.0, 0.02)
    alignment["chance"]["control"] = "wrong_time_r"
    text = verdict(alignment)["text"]
    assert "at other times of the same video, r = 0.010" in text and "other concepts" not in text


def listed(scores, **changes):
    facts = {"new_people": False, "n_people": 4, "simulated": False} | changes
    return " ".join(limits(scores | {"clip": {"trained": True}}, **facts))


def test_limits_of_a_simulation_are_not_those_of_recordings(made_scores):
    simulated = listed(made_scores, simulated=True, n_people=1, assumed=["The rate is guessed."])
    assert "real brain" in simulated
    assert "recorded" not in simulated and "guessed" not in simulated
    assert "real brain" not in listed(made_scores)


@pytest.mark.parametrize(
    ("n", "phrase"),
    [(1, "other people: the training has one person"), (12, "in general: the training has 12")],
)
def test_limits_say_how_few_people_the_training_has(made_scores, n, phrase):
    assert phrase in listed(made_scores, n_people=n)
    assert "recorded" not in listed(made_scores, n_people=54)


def test_limits_name_an_unknown_phase_and_what_was_assumed(made_scores):
    known = listed(made_scores)
    assert "waveforms follow" not in known and "assumptions" not in known
    made_scores["alignment"] |= of_power()
    assumed = [f"Assumption {n}." for n in range(7)]
    text = listed(made_scores, assumed=assumed)
    assert "in time: the phase of the flicker is unknown." in text
    assert "Assumption 4." in text and "Assumption 5." not in text
    assert "The table of findings has 2 more." in text


def test_few_test_clips_make_a_limit(made_scores):
    assert few_clips(made_scores) is None
    made_scores["alignment"]["conditional_mean_r"]["n_clips"] = 60
    assert few_clips(made_scores) is None and "too few" not in listed(made_scores)
    made_scores["alignment"]["conditional_mean_r"]["n_clips"] = 5
    assert few_clips(made_scores) == 5
    assert "the test split has 5 clips, too few" in listed(made_scores)
