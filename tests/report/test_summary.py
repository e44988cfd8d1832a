"""The headline scores."""

import pytest

from tests.report.pages import entry
from videeg_pipe.contracts.scores import score_spec
from videeg_pipe.report import summary


def test_bars_run_from_chance_to_the_best_value(audited):
    rows = summary.five_numbers(audited)
    assert len(rows) == 5
    video, classifier, covariance, decoder, members = rows
    best = video["best"]
    assert best == pytest.approx(100 / 1.12, abs=0.01)
    assert all(row["best"] == best for row in rows)
    assert video["width"] == pytest.approx(best * 0.36 / 0.41, abs=0.01)
    assert classifier["width"] == pytest.approx(best * 0.33 / 0.5, abs=0.01)  # lower is better
    assert (
        classifier["low"] == pytest.approx(best * 0.29 / 0.5, abs=0.01)
        and classifier["high"] > classifier["low"]
    )
    assert classifier["reading"] == "above the accuracy between real windows"
    assert "1.08 times" in covariance["reading"] and "99 %" in decoder["reading"]
    assert members["reading"] == "the interval includes chance"


def test_scores_without_value_or_end_have_no_bar(made_scores):
    nothing = {"value": None, "reason": "because"}
    for name in ("ceiling_r", "ceiling_r_between_subjects"):
        made_scores["alignment"][name] = nothing
    made_scores["fidelity"]["c2st"] = nothing | {"floor": None}
    made_scores["fidelity"]["covariance_error"]["floor"] = None
    made_scores["utility"]["concept"] = nothing
    rows = summary.five_numbers(made_scores)
    assert not any("width" in row for row in rows)
    assert [row.get("reason") for row in rows[1:4]] == ["because", None, "because"]
    assert "no privacy audit" in rows[4]["reason"]


def test_a_score_beyond_the_best_value_stays_on_the_scale(made_scores):
    made_scores["alignment"]["conditional_mean_r"] = entry(0.9, 0.8, 1.0)
    row = summary.five_numbers(made_scores)[0]
    assert row["width"] == row["high"] == 100


def test_where_the_best_value_is_at_chance_there_is_no_bar_and_no_praise(made_scores):
    alignment, concept = made_scores["alignment"], made_scores["utility"]["concept"]
    alignment["ceiling_r"] = {"value": None, "reason": "unknown"}
    alignment["ceiling_r_between_subjects"] = entry(-0.004, -0.03, 0.02)
    concept["tstr"], concept["trtr"] = entry(0.354, 0.18, 0.52), entry(0.304, 0.13, 0.45)
    concept |= {"chance": 0.418, "ratio": entry(1.17, 0.99, 1.44)}
    concept["above_chance_ratio"] = {"value": None, "reason": "the interval includes 0.418"}
    video, *_, decoder, _ = summary.five_numbers(made_scores)
    assert "width" not in video and "width" not in decoder
    assert video["reading"] == "above chance; the ceiling is at chance"
    assert decoder["reading"] == "at chance: even real windows do not train this decoder"
    assert [mark["value"] for mark in decoder["marks"]] == ["0.418", "0.304"]
    concept["tstr"] = entry(0.6, 0.5, 0.7)
    assert "real windows do not train" in summary.five_numbers(made_scores)[3]["reading"]
    concept["trtr"] = entry(0.7, 0.6, 0.8)
    concept["tstr"] = entry(0.354, 0.18, 0.52)
    reading = summary.five_numbers(made_scores)[3]["reading"]
    assert reading == "at chance, unlike a decoder trained on real windows"


def test_the_first_bar_starts_at_the_control_that_decided(made_scores):
    """Videos of one rhythm have nearly the r of the own video: other times are the control."""
    alignment = made_scores["alignment"]
    alignment["shuffled_video_r"] = entry(0.39, 0.37, 0.41)
    alignment["wrong_time_r"] = entry(0.0, -0.01, 0.01)
    alignment["chance"]["control"] = "wrong_time_r"
    row = summary.five_numbers(made_scores)[0]
    assert row["marks"][0] == {"label": "other times", "value": "0.000"}
    assert row["width"] == pytest.approx(row["best"] * 0.4 / 0.45, abs=0.01)
    alignment["ceiling_r"] = entry(0.38, 0.3, 0.42)  # below the r with other videos
    assert (
        summary.five_numbers(made_scores)[0]["reading"] == "105 % of the ceiling (true evoked part)"
    )
    alignment["chance"]["above_chance"] = False
    reading = summary.five_numbers(made_scores)[0]["reading"]
    assert reading == "at chance: no better at its own time of the video than at others"
    alignment["chance"]["reason"] = "there are too few clips to tell"
    assert summary.five_numbers(made_scores)[0]["reading"] == alignment["chance"]["reason"]


def test_where_phases_are_unknown_the_first_bar_is_power(made_scores):
    alignment = made_scores["alignment"]
    alignment["conditional_mean_r"] = {"value": None, "reason": "the phase is unknown"}
    snr = entry(3.0, 2.5, 3.5, floor=entry(1.0, 0.9, 1.1), ceiling=entry(6.0, 5.0, 7.0))
    alignment["steady_state_snr"] = snr
    row = summary.five_numbers(made_scores)[0]
    assert row["name"] == score_spec("alignment", "conditional_mean_r").headline
    label = score_spec("alignment", "steady_state_snr").label
    assert row["measure"] == f"{label}; waveforms are not scored: the phase is unknown"
    assert row["reading"] == "more than at other frequencies"
    assert row["width"] == pytest.approx(row["best"] * 2 / 5, abs=0.01)  # from floor to ceiling
    assert [mark["label"] for mark in row["marks"]] == ["other frequencies", "real windows"]
    alignment["chance"]["above_chance"] = False
    assert summary.five_numbers(made_scores)[0]["reading"] == "no more than at other frequencies"
    del snr["floor"]
    assert "width" not in summary.five_numbers(made_scores)[0]
    alignment["steady_state_snr"] = {"value": None, "reason": "no video flickers"}
    assert summary.five_numbers(made_scores)[0]["reason"] == "no video flickers"
