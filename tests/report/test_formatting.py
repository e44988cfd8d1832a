"""Numbers as text."""

import pytest

from videeg_pipe.contracts.scores import ScoreSpec
from videeg_pipe.report import formatting
from videeg_pipe.report.formatting import capitalised, score_text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0.000"), (-0.0001, "0.000"), (0.1234, "0.123"), (-0.25, "−0.250"),
        (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234"), (1e9, "1,000,000,000"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_no_powers(value, shown):
    assert formatting.number(value) == shown


@pytest.mark.parametrize(
    ("unit", "interval", "entry", "text"),
    [
        ("1", "clips", {"value": 0.5, "low": 0.4, "high": 0.6}, "0.500 [0.400, 0.600]"),
        ("dB", "splits", {"value": 0.5, "low": 0.4, "high": 0.6}, "0.500 (0.400 to 0.600) dB"),
        ("ms", "clips", {"value": -5.0, "low": -10.0, "high": 0.0}, "−5 [−10, 0] ms"),
        ("count", "none", 3217260, "3,217,260"),
        ("s", "none", 0.0072, "0.007 s"),
        ("dB", "splits", None, "–"),
    ],
)
def test_scores_have_the_unit_and_interval_of_the_catalogue(unit, interval, entry, text):
    spec = ScoreSpec(
        name="x", section="fidelity", label="x", definition="", unit=unit, interval=interval
    )
    assert score_text(spec, entry) == text


@pytest.mark.parametrize(
    ("label", "shown"), [("lag", "Lag"), ("r of a sample", "r of a sample"), ("MSE", "MSE")]
)
def test_labels_are_capitalised_except_symbols(label, shown):
    assert capitalised(label) == shown
