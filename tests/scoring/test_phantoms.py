import json

import pandas as pd
import pytest

from videeg_pipe.scoring.phantoms import tabulate_phantoms

METRICS = {
    1: {"r": 0.4, "alpha": 0.9, "forest": 0.7, "tstr": 0.5},
    2: {"r": 0.6, "alpha": 1.1, "forest": 0.8, "tstr": 0.7},
    3: {"r": None, "alpha": 1.3, "forest": 0.9, "tstr": 0.9},
}


@pytest.fixture
def table(tmp_path):
    files = {}
    for seed, of in METRICS.items():
        band = {"value": of["alpha"], "low": 0.8, "high": 1.4, "floor": {"value": 1.0}}
        forest = {"value": of["forest"], "floor": {"value": 0.5}}
        metrics = {
            "alignment": {"conditional_mean_r": {"value": of["r"], "reason": "unknown"}},
            "fidelity": {
                "band_power_ratio": {"alpha": band},
                "c2st": {**forest, "classifiers": {"spectra_forest": forest}},
            },
            "utility": {"concept": {"tstr": {"value": of["tstr"]}, "chance": 0.1}},
            "cost": {"nfe": 16},
            "model": "spgn",
        }
        files[seed] = tmp_path / f"seed-{seed}.json"
        files[seed].write_text(json.dumps(metrics), encoding="utf-8")
    tabulate_phantoms(files, table=tmp_path / "phantoms.csv")
    return pd.read_csv(tmp_path / "phantoms.csv", dtype={"seed": str}, keep_default_na=True)


def row(table, score, part=None, seed="mean"):
    part_is = table["part"].isna() if part is None else table["part"] == part
    (found,) = table[(table["score"] == score) & part_is & (table["seed"] == seed)].to_dict(
        "records"
    )
    return found


def test_each_seed_has_its_row_with_interval_and_floor(table):
    found = row(table, "band_power_ratio", "alpha", "2")
    assert [found[name] for name in ("value", "low", "high", "floor")] == [1.1, 0.8, 1.4, 1.0]
    assert row(table, "nfe", None, "1")["value"] == 16
    assert row(table, "tstr", "concept", "3")["value"] == 0.9


def test_means_have_intervals_over_seeds(table):
    found = row(table, "band_power_ratio", "alpha")
    half = 4.302653 * 0.2 / 3**0.5  # Student's t with two degrees of freedom
    assert found["value"] == pytest.approx(1.1) and found["floor"] == pytest.approx(1)
    assert found["low"] == pytest.approx(1.1 - half) and found["high"] == pytest.approx(1.1 + half)


def test_parts_stand_beside_a_score_that_has_both(table):
    assert row(table, "c2st")["value"] == pytest.approx(0.8)
    assert row(table, "c2st", "spectra_forest")["floor"] == pytest.approx(0.5)


def test_seeds_without_a_value_do_not_count(table):
    assert row(table, "conditional_mean_r")["value"] == pytest.approx(0.5)
