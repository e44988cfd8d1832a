"""Tables of a section's scores."""

from tests.report.pages import draw, text_of
from tests.report.trial_tables import NO, write_table
from videeg_pipe.contracts.scores import ScoreSpec, catalogue
from videeg_pipe.external_eeg.console import lines
from videeg_pipe.report.section_tables import section_table
from videeg_pipe.report.trial_sheets import arrange_trials


def test_unknown_scores_have_their_reason(scored, scores):
    nothing = {"value": None, "reason": "because of reasons"}
    for name in ("ceiling_r", "ceiling_r_between_subjects", "shuffled_video_r"):
        scores["alignment"][name] = nothing
    scores["alignment"]["chance"] = {
        "above_chance": False, "difference": None, "reason": "there is no other video"
    }  # fmt: skip
    scores["fidelity"]["psd_distance"] |= {"floor": None, "reason": "too few real windows"}
    scores["fidelity"]["covariance_error"] |= {"floor": None, "reason": "too few"}
    text = text_of(scores, pictures=draw(scored, scores))
    assert text.count("because of reasons") == 3 and "too few real windows" in text
    assert "conditioning is at chance" in text and "there is no other video" in text


def test_the_best_classifier_is_named(scores):
    assert "a classifier needs" in text_of(scores)  # this release is too small for one
    scores["fidelity"]["c2st"] |= {
        "value": 0.71, "low": 0.65, "high": 0.77, "which": "covariance_forest",
        "floor": {"value": 0.52, "low": 0.48, "high": 0.56},
    }  # fmt: skip
    text = text_of(scores)
    assert "random forest on covariances" in text
    assert "0.710 [0.650, 0.770]" in text and "0.520 [0.480, 0.560]" in text


def test_utility_is_shown_with_reasons_of_missing_scores(scores):
    entry = {"value": 0.9, "low": 0.8, "high": 1.0}
    scores["utility"]["concept"] = {
        "trtr": entry, "tstr": entry | {"value": 0.85}, "augmented": entry, "chance": 0.125,
        "ratio": {"value": None, "reason": "too few clips to tell"},
        "above_chance_ratio": {"value": None, "reason": "too few clips to tell"},
    }  # fmt: skip
    scores["utility"]["emotion"] = {"value": None, "reason": "no emotions here"}
    text = text_of(scores)
    assert "0.850 [0.800, 1.00]" in text and "0.125" in text
    assert "too few clips to tell" in text and "no emotions here" in text


def toy(scores, monkeypatch):
    """Add a score to the catalogue and to metrics.json."""
    spec = ScoreSpec(
        name="toy", section="fidelity", label="toy score", definition="A toy.", direction="smaller",
        ideal=0, trial="toy", sheet="scores", headline="Is a toy", ranked=True,
    )  # fmt: skip
    monkeypatch.setattr(catalogue, "SCORES", (*catalogue.SCORES, spec))
    scores["fidelity"]["toy"] = {"value": 0.125, "white_noise": 7.0, "ideal": 0, "unit": "1"}


def test_a_new_row_of_the_catalogue_is_a_row_of_the_table(scores, monkeypatch):
    toy(scores, monkeypatch)
    text = text_of(scores)
    assert "Toy score" in text and "0.125" in text and "7.00" in text


def test_a_new_row_of_the_catalogue_is_a_column_of_the_trial_sheet(tmp_path, monkeypatch):
    toy({"fidelity": {}}, monkeypatch)
    rows = [("spgn", "toy", 1, 0.125, *[NO] * 7, "aa", NO)]
    trials = arrange_trials(write_table(tmp_path / "comparison.csv", rows), differences=False)
    assert trials.sheets["Scores"].groups["Measured here"] == ["toy score"]
    assert [row.spec.headline for row in trials.ranking] == ["Is a toy"]


def test_a_new_row_of_the_catalogue_is_a_line_of_the_console(scores, monkeypatch):
    toy(scores, monkeypatch)
    sides = {name: {"path": name, "n_windows": 2} for name in ("real", "synthetic")}
    facts = {"n_channels": 6, "window_s": 1.0, "sfreq": 200.0, "assumptions": [], "warnings": []}
    printed = list(lines(sides | facts | {"fidelity": scores["fidelity"]}))
    (line,) = (line for line in printed if line.startswith("toy "))
    assert line.split()[1:] == ["0.125", "7.000", "0"]


def test_parts_of_a_score_are_rows_in_the_order_of_the_catalogue(scores):
    scores["privacy"]["membership_auc"] = {
        "value": 0.6, "attacks": {"nearest_spectra": 0.5, "denoising_loss": {"value": 0.7}},
    }  # fmt: skip
    rows = section_table("privacy", scores["privacy"]).rows
    first = next(i for i, row in enumerate(rows) if row.spec.name == "membership_auc")
    assert [(row.label, row.cells[0]) for row in rows[first + 1 : first + 3]] == [
        ("the generator's loss", "0.700"), ("nearest sample by spectra", "0.500"),
    ]  # fmt: skip
    assert rows[first + 1].part and not rows[first].part


def test_an_ideal_that_another_score_holds_is_shown_as_its_value(scores):
    scores["alignment"]["perfect_sample_r"] = {"value": 0.25}
    table = section_table("alignment", scores["alignment"])
    (row,) = (row for row in table.rows if row.spec.name == "sample_r")
    assert row.cells[table.heads.index("Ideal")] == "0.250"


def test_columns_without_values_are_left_out():
    table = section_table("paper", {"mse": {"value": 0.5}})
    assert table.heads == ["Generated"] and table.rows[0].cells == ["0.500"]
