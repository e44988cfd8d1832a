"""Differences of the curves are paired, per presentation, and their intervals know the runs."""

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.contracts.generated_clips import FLOORS, GENERATOR, ORIGINS, REAL
from videeg_pipe.contracts.tables import write_parquet
from videeg_pipe.scoring.decoding.augmentation_table import compare_augmented

RUNS = 12
GAIN = {REAL: 0.0, GENERATOR: 0.2, "gaussian": 0.2, "mean-response": 0.1, "perturbed": 0.1}


def scores(people=2, seeds=(0, 1)):
    """Return scores whose origins differ by known amounts, beside runs that differ by more."""
    rng = np.random.default_rng(0)
    place = pd.DataFrame(
        {
            "subject": np.repeat([f"sub{k}" for k in range(people)], 5 * RUNS),
            "clip_id": [f"c{k}" for k in range(5 * RUNS * people)],
            "run_id": np.tile(np.repeat([f"r{k}" for k in range(RUNS)], 5), people),
            "block": 3,
            "concept": "cat",
        }
    )
    easy = np.tile(np.repeat(rng.normal(0, 0.2, RUNS), 5), people)
    small = 0.01 * rng.standard_normal((len(seeds), len(place)))
    sets = [(REAL, 0)] + [(origin, multiple) for origin in ORIGINS for multiple in (1, 4)]
    rows = []
    for origin, multiple in sets:
        for seed, noise in zip(seeds, small, strict=True):
            value = 0.5 + easy + GAIN[origin] + noise * (origin != REAL)
            names = ("concept_top1", "identify_all", "identify_within")
            found = dict.fromkeys(names, value)
            for target in ("text", "latents"):
                found |= {f"{target}_error": 1 - value, f"{target}_spread": np.ones(len(place))}
            rows.append(place.assign(origin=origin, multiple=multiple, seed=seed, **found))
    return pd.concat(rows).assign(
        decoder="lookup", share=25.0, minutes_total=10.0, minutes_per_person=5.0
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    write_parquet(folder / "scores.parquet", scores())
    path = folder / "augmentation.csv"
    compare_augmented([folder / "scores.parquet"], bootstrap=200, seed=0, table=path)
    return pd.read_csv(path)


def test_gains_are_paired_and_narrower_than_the_scores(table):
    assert len(table) == (1 + 2 * len(ORIGINS)) * 5 and set(table["seeds"]) == {2}
    made = table[table["origin"] == GENERATOR]
    np.testing.assert_allclose(made["gain"], 0.2, atol=0.01)
    assert (made["gain_low"] > 0.19).all() and (made["gain_high"] < 0.21).all()
    assert (made["high"] - made["low"] > 0.1).all()
    assert (made["gain_p"] < 0.01).all() and (made["gain_p_holm"] >= made["gain_p"]).all()
    assert table.loc[table["origin"] == REAL, "gain"].isna().all()


def test_the_generator_is_compared_with_each_floor(table):
    made = table[table["origin"] == GENERATOR]
    np.testing.assert_allclose(made["over_gaussian"], 0, atol=1e-9)
    np.testing.assert_allclose(made["over_mean_response"], 0.1, atol=0.01)
    assert (made["over_gaussian_p"] == 1).all() and (made["over_mean_response_p"] < 0.01).all()
    adjusted = made["over_mean_response_p_holm"]
    np.testing.assert_allclose(adjusted, 2 * made["over_mean_response_p"])  # two multiples
    assert (made["over_gaussian_p_holm"] == 1).all()
    floors = table[table["origin"].isin(FLOORS)]
    assert floors["over_gaussian"].isna().all() and floors["gain"].notna().all()


def test_synthetic_people_are_a_family_of_their_own(tmp_path):
    paths = [tmp_path / f"{share}.parquet" for share in (0, 15)]
    made = scores()
    made = made[made["origin"].isin([REAL, GENERATOR]) & (made["multiple"] < 2)]
    for path, share in zip(paths, (0.0, 15.0), strict=True):
        write_parquet(path, made.assign(share=share))
    compare_augmented(paths, bootstrap=200, seed=0, table=tmp_path / "table.csv")
    gained = pd.read_csv(tmp_path / "table.csv").dropna(subset="gain_p")
    assert set(gained["share"]) == {0, 15}
    assert (gained["gain_p_holm"] == gained["gain_p"]).all()  # one row per family


def test_r_squared_is_the_share_of_the_spread(table):
    real = table[table["origin"] == REAL].set_index("score")
    assert real.loc["text_r2", "value"] == pytest.approx(real.loc["concept_top1", "value"])
    assert {"text_r2", "latents_r2", "identify_within"} <= set(real.index)


def test_the_interval_over_trainings_is_of_their_differences(tmp_path):
    found = {}
    for seeds in ((0,), (0, 1, 2)):
        own = scores(seeds=seeds).reset_index(drop=True)
        made = own["origin"] == GENERATOR
        for name in ("concept_top1", "text_error"):
            own.loc[made, name] += 0.1 * (own["seed"] - 1)  # -0.1, 0, 0.1
        write_parquet(tmp_path / "scores.parquet", own)
        path = tmp_path / "augmentation.csv"
        compare_augmented([tmp_path / "scores.parquet"], bootstrap=50, seed=0, table=path)
        table = pd.read_csv(path)
        found[len(seeds)] = table[(table["origin"] == GENERATOR) & (table["multiple"] == 1)]
    assert found[1]["gain_seeds_low"].isna().all()
    rows = found[3].set_index("score")
    half = 4.303 * 0.1 / np.sqrt(3)  # t of two degrees of freedom
    for name in ("concept_top1", "text_r2"):
        row = rows.loc[name]
        assert row["gain_seeds_low"] == pytest.approx(row["gain"] - half, abs=0.01)
        assert row["over_gaussian_seeds_high"] == pytest.approx(half, abs=0.01)
