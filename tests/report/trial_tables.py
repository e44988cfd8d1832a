"""Tables of trials, as `tabulate` writes them."""

import pandas as pd

COLUMNS = [
    "variant", "score", "seeds", "mean", "low", "high", "windows_low", "windows_high",
    "difference", "difference_low", "difference_high", "checkpoints", "printed",
]  # fmt: skip
NO = None
ABLATION = [
    ("full", "of_ceiling", 3, 0.84, 0.83, 0.85, 0.8, 0.9, 0.0, 0.0, 0.0, "aa bb cc", 0.9),
    ("full", "nfe", 3, 16, 16, 16, NO, NO, 0.0, 0.0, 0.0, "aa bb cc", NO),
    ("no-track", "of_ceiling", 3, 0.07, 0.06, 0.08, NO, NO, -0.77, -0.8, -0.7, "dd ee ff", NO),
    ("no-text", "of_ceiling", 1, 0.84, NO, NO, NO, NO, 0.00001, NO, NO, "gg", NO),
    ("<b>odd</b>", "of_ceiling", 3, 0.85, 0.8, 0.9, NO, NO, 0.01, -0.04, 0.05, "hh", NO),
]
RANKED = {  # conditional_mean_r and its interval over clips, covariance_error without one
    "spgn": (0.40, 0.35, 0.45, 0.2),
    "ced": (0.01, -0.02, 0.04, 900.0),
    "jet": (0.42, 0.37, 0.47, 0.3),
    "ecd": (0.03, 0.0, 0.06, 5.0),
    "ridge": (0.60, 0.55, 0.65, 0.9),
    "gaussian": (0.0, 0.0, 0.0, 0.1),
    "real-other-person": (0.38, 0.33, 0.43, 0.25),
}


def write_table(path, rows):
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    return path
