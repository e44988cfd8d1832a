"""The score catalogue, and computed scores in metrics.json."""

import pickle
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from videeg_pipe.contracts.scores import (
    ABSENT,
    SECTIONS,
    Score,
    ScoreSpec,
    catalogue,
    definitions,
    docs,
    people_scores,
    score_spec,
    section_scores,
    to_json,
    trial_scores,
    unknown,
)
from videeg_pipe.contracts.scores.spec import COMPUTED_FIELDS, SHOWN_FIELDS


def test_only_given_fields_are_written_and_none_is_null():
    score = Score(0.5, None, None, reason="few clips", floor=Score(0.4, 0.3, 0.5))
    assert to_json({"c2st": score, "n": [1, unknown("no data")]}) == {
        "c2st": {
            "value": 0.5,
            "low": None,
            "high": None,
            "reason": "few clips",
            "floor": {"value": 0.4, "low": 0.3, "high": 0.5},
        },
        "n": [1, {"value": None, "reason": "no data"}],
    }


def test_absent_fields_stay_absent_in_another_process():
    copy = pickle.loads(pickle.dumps(Score(1.0)))
    assert copy.floor is ABSENT
    assert to_json(copy) == {"value": 1.0}


def test_rows_are_unique_and_complete():
    assert len({(spec.section, spec.name) for spec in catalogue.SCORES}) == len(catalogue.SCORES)
    for spec in catalogue.SCORES:
        assert spec.section in SECTIONS, spec.name
        assert spec.definition.endswith("."), spec.name
        assert len(spec.head) <= 40 or not spec.sheet, spec.name
        assert not spec.ranked or (spec.headline and spec.sign and spec.trial), spec.name
        assert set(spec.facts) == {"ideal", "unit"}


def test_every_field_is_either_computed_or_shown():
    """The rules of scoring depend on the computed fields, the report on both."""
    assert {of.name for of in fields(ScoreSpec)} == COMPUTED_FIELDS | SHOWN_FIELDS
    assert not COMPUTED_FIELDS & SHOWN_FIELDS


def test_ratios_to_the_best_expected_value_have_rows_of_their_own():
    ratios = {spec.name: spec for spec in catalogue.SCORES if spec.relative}
    assert {"conditional_mean_r", "covariance_error"} <= set(ratios)
    for spec in ratios.values():
        assert spec.relative in trial_scores() and spec.best, spec.name


def test_names_of_functions_lead_to_functions():
    for spec in catalogue.SCORES:
        assert not spec.function or callable(spec.load()), spec.name


def test_a_score_by_which_generators_are_ranked_names_its_best_value():
    ideals = {name: spec.ideal for name, spec in trial_scores().items() if spec.ranked}
    assert {"c2st": 0.5, "mse": 0} | ideals == ideals


def test_parts_have_rows_of_their_own_in_tables_of_trials():
    power, c2st = score_spec("fidelity", "band_power_ratio"), score_spec("fidelity", "c2st")
    assert next(iter(power.trials)) == "power_delta" and "power" not in power.trials
    assert list(c2st.trials)[:2] == ["c2st", "c2st_spectra_logistic"]
    alpha = trial_scores()["power_alpha"]
    assert (alpha.name, alpha.ideal, alpha.people) == ("power_alpha", 1, True)
    section = {"c2st": {"value": 0.6, "classifiers": {"spectra_forest": {"value": 0.6}}}}
    assert list(c2st.trial_entries(section)) == ["c2st", "c2st_spectra_forest"]
    assert list(c2st.trial_entries({"c2st": {"value": None}})) == ["c2st"]


def test_people_have_scores_of_trials():
    assert set(people_scores()) < set(trial_scores())
    assert "conditional_mean_r" in people_scores() and "sample_r" not in people_scores()


def test_definitions_hold_scores_and_other_fields():
    texts = definitions("fidelity", without=["eeg_fid"])
    assert {"c2st", "floor", "white_noise"} <= set(texts) and "eeg_fid" not in texts


def test_a_row_that_is_added_is_found_everywhere(monkeypatch):
    toy = replace(score_spec("fidelity", "psd_distance"), name="toy", trial="toy", people=True)
    monkeypatch.setattr(catalogue, "SCORES", (*catalogue.SCORES, toy))
    assert "toy" in section_scores("fidelity") and "toy" in definitions("fidelity")
    assert "toy" in trial_scores() and "toy" in people_scores()
    with pytest.raises(KeyError):
        score_spec("alignment", "toy")


def test_the_page_on_evaluation_documents_every_score():
    page = (Path(__file__).parents[2] / docs.EVALUATION_MD).read_text(encoding="utf-8")
    names = {spec.name for spec in catalogue.SCORES} | set(trial_scores())
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_the_catalogue_imports_nothing_heavy():
    code = "import sys, videeg_pipe.contracts.scores; print({'numpy', 'torch'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "set()\n"
