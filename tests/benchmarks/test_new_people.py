"""Powers of people outside the training, counted."""

import numpy as np
import pandas as pd

from benchmarks.new_people import markdown_lines
from videeg_pipe.contracts.bands import BANDS


def row(subject: str, generator: str, n_windows: float, power: float, **more: float):
    powers = dict.fromkeys((f"power_{band}" for band in BANDS), power)
    errors = {"covariance_error": 0.3, "covariance_error_low": np.nan, "covariance_error_high": 1}
    return (
        {"subject": subject, "generator": generator, "n_windows": n_windows}
        | powers
        | errors
        | more
    )


def test_powers_in_range_are_counted_per_generator_and_number_of_windows():
    table = pd.DataFrame(
        [
            row("a", "trained", 96, 1.0),
            row("b", "trained", 90, 1.0),
            row("a", "adapted", 25, 0.69, power_beta=1.4),
            row("b", "adapted", 25, 1.41, power_delta=0.7),
            row("a", "adapted", 100, 1.0, power_gamma=3),
            row("mean", "trained", np.nan, 1.0),
            row("mean", "adapted", 25, 1.05, covariance_error_low=0.2),
            row("mean", "adapted", 100, 1.0),
        ]
    )
    assert markdown_lines(table)[2:] == [
        "| trained |  | 1.00 1.00 1.00 1.00 1.00 | 0.30 | 10 of 10 |",
        "| adapted | 25 | 1.05 1.05 1.05 1.05 1.05 | 0.30 [0.20, 1.00] | 2 of 10 |",
        "| adapted | 100 | 1.00 1.00 1.00 1.00 1.00 | 0.30 | 4 of 5 |",
    ]
