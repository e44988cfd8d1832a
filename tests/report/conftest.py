"""Fixtures of the report's tests."""

import pytest

from tests.report.pages import entry, write
from tests.report.trial_tables import ABLATION, NO, RANKED, write_table


@pytest.fixture(scope="session")
def text(scored) -> str:
    """The page of `scored`."""
    return write(scored)


@pytest.fixture
def made_scores() -> dict:
    """Sections of a metrics.json with plausible numbers."""
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
                "above_chance_ratio": entry(0.99, 0.97, 1.02),
                "decoder": "bands",
                "decoders": {"bands": {}, "eegnet": {"trtr": 0.5, "tstr": entry(0.4)}},
            }
        },
    }


@pytest.fixture
def audited(made_scores) -> dict:
    """The same with a privacy audit."""
    made_scores["privacy"] = {
        "unit": "subject",
        "membership_auc": entry(0.52, 0.46, 0.58, ideal=0.5),
        "copy_ratio": entry(1.0, 0.97, 1.03, ideal=1),
        "linkage": entry(0.9, 0.85, 0.95, chance=0.25, ceiling=entry(0.98, 0.96, 1.0)),
        "positive_control_auc": entry(0.99, 0.97, 1.0),
    }
    return made_scores


@pytest.fixture
def ablation(tmp_path):
    """Path of ablation.csv."""
    return write_table(tmp_path / "ablation.csv", ABLATION)


@pytest.fixture
def comparison(tmp_path):
    """Path of comparison.csv."""
    rows = []
    for name, (r, low, high, error) in RANKED.items():
        hashes = "real" if name == "real-other-person" else "aa bb"
        seeds = (2, r, r - 0.01, r + 0.01, low, high, 0.0, NO, NO, hashes, NO)
        rows.append((name, "conditional_mean_r", *seeds))
        rows.append((name, "of_ceiling", 2, r / 0.5, *[NO] * 7, hashes, NO))
        rows.append((name, "covariance_error", 1, error, *[NO] * 7, hashes, NO))
        rows.append((name, "pearson", 2, r / 2, *[NO] * 7, hashes, 0.8689 if name == "ced" else NO))
        rows.append((name, "parameters", 2, 1000, *[NO] * 7, hashes, NO))
    rows.append(("ced", "native_parameters", 2, 10000, *[NO] * 7, "aa bb", NO))
    return write_table(tmp_path / "comparison.csv", rows)
