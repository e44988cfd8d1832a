"""The page of tables shows the content of the files and omits missing measurements."""

import pytest

from benchmarks import table
from benchmarks.__main__ import RESULTS
from benchmarks.workflow import TABLES, read_people, read_phantoms, read_table, scores
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.tables import tabulate, tabulate_people

MACHINE = {
    "cpu": "A Processor",
    "cores": 2,
    "memory_gb": 24.0,
    "gpu": None,
    "python": "3.11.7",
    "torch": "2.13.0",
    "commit": "abc",
    "date_utc": "2026-01-01 00:00",
}


def row(mean, difference=0.0):
    interval = {"low": mean - 0.1, "high": mean + 0.1}
    change = {"difference_low": difference - 0.02, "difference_high": difference + 0.02}
    return {"seeds": 3, "mean": mean, "difference": difference} | interval | change


def test_tables_show_the_change_of_a_variant(tmp_path):
    rows = {"full": {"of_ceiling": row(0.9)}, "no-track": {"of_ceiling": row(0.2, -0.7)}}
    for name in TABLES:
        write_json(tmp_path / f"{name}.json", {"machine": MACHINE, name: rows})
    page = table.render(tmp_path)
    assert "| full | 0.9 |" in page
    assert "| no-track | 0.2 (-0.7 [-0.72, -0.68]) |" in page
    assert "A Processor, 2 cores, 24.0 GB, GPU none" in page
    assert page.count("| no-track |") == len(TABLES)
    assert "The default run" not in page


def test_scores_over_phantoms_are_read_back_and_shown_per_seed(tmp_path):
    lines = [
        "section,score,part,seed,value,low,high,floor,ceiling",
        "alignment,of_ceiling,,101,0.9,0.88,0.92,,",
        "alignment,of_ceiling,,102,0.94,0.9,0.95,,",
        "fidelity,band_power_ratio,delta,101,1.25,1.0,1.5,,",
        "fidelity,band_power_ratio,delta,102,0.75,0.5,1.0,,",
        "fidelity,psd_distance,,101,0.7,,,0.6,",
        "fidelity,psd_distance,,102,0.7,,,0.6,",
        "alignment,of_ceiling,,mean,0.92,0.67,1.17,,",
        "fidelity,band_power_ratio,delta,mean,1.0,0.5,1.5,,",
        "fidelity,psd_distance,,mean,0.7,0.7,0.7,0.6,",
    ]
    path = tmp_path / "phantoms.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_phantoms(path)
    assert list(found) == ["of_ceiling", "band_power_ratio delta"]  # the others are not on the page
    assert found["of_ceiling"]["102"] == {"value": 0.94, "low": 0.9, "high": 0.95}
    write_json(tmp_path / "phantoms.json", {"machine": MACHINE, "phantoms": found})
    page = table.render(tmp_path)
    assert "| score | 101 | 102 | mean |" in page
    assert "| band_power_ratio delta | 1.25 | 0.75 | 1 [0.5, 1.5] |" in page


def test_a_table_of_trials_is_read_back(tmp_path):
    scores = []
    for seed, value in enumerate((0.2, 0.4)):
        path = tmp_path / f"{seed}.json"
        numbers = {"r": value, "c2st": None}
        content = {"scores": numbers, "intervals": {}, "checkpoint_sha256": "0" * 64}
        write_json(path, content)
        scores.append((("full", seed), path))
    tabulate(scores, reference="full", printed={"full": {}}, table=tmp_path / "mine.csv")
    found = read_table(tmp_path / "mine.csv")
    assert found["full"]["r"]["mean"] == pytest.approx(0.3)
    assert found["full"]["r"]["seeds"] == 2
    assert "mean" not in found["full"]["c2st"]


def test_cost_has_one_row_per_generator_and_one_exponent_per_axis(tmp_path):
    fit = {"exponent": 0.5, "standard_error": 0.01, "upper_half": {"exponent": 0.9}}
    two = {"exponent": 1.5, "standard_error": None, "upper_half": {"exponent": 1.5}}
    cost = {
        "sampling": {"spgn": {"parameters": 3000, "nfe": 16, "seconds_per_sample": 0.00631}},
        "growth": {
            "batch": {"points": {"1": 0, "4": 0}, "exponents": {"seconds": fit, "memory_mb": two}}
        },
        "training": {"spgn": {"evoked": {"per_window": 0.001, "per_epoch": 2.4}}},
    }
    write_json(tmp_path / "cost.json", {"machine": MACHINE, "cost": cost})
    page = table.render(tmp_path)
    assert "| spgn | 3000 | 16 |  | 0.00631 |  |  |" in page
    assert "| batch | 1, 4 | 0.50 ± 0.01 (0.90) | 1.50 (1.50) |" in page
    assert "| spgn | evoked | 0.001 | 2.4 |" in page


def test_people_are_shown_by_number_of_adaptation_windows(tmp_path):
    names = ("of_ceiling", "covariance_error", "power_alpha", "power_gamma")
    scores = {f"{name}{end}": 0.5 for name in names for end in ("", "_low", "_high")}
    rows = [
        {"subject": "sub1", "known": False, "n_windows": 25} | scores,
        {"subject": "mean", "known": False, "n_windows": 25, "people": 4} | scores,
        {"subject": "mean", "generator": "nearest", "known": False, "n_windows": 25, "people": 4}
        | scores,
        {"subject": "mean", "known": True, "n_windows": None, "people": 4} | scores,
    ]
    write_json(tmp_path / "people.json", {"machine": MACHINE, "people": rows})
    page = table.render(tmp_path)
    assert page.count("| left out, 25 windows | 4 | 0.5 [0.5, 0.5] |") == 1
    assert "| nearest person, scale from 25 windows | 4 | 0.5 [0.5, 0.5] |" in page
    assert "| trained with them | 4 | 0.5 [0.5, 0.5] |" in page


def test_the_table_of_people_is_read_back_and_shown(tmp_path):
    names = ("of_ceiling", "covariance_error", "power_alpha", "power_gamma")
    for subject, n in (("sub1", 600), ("sub2", 580)):
        row = dict.fromkeys(names, 0.5) | {"checkpoint": "0" * 64}
        rows = [
            {"generator": "trained", "known": True, "n_windows": n} | row,
            {"generator": "adapted", "known": False, "n_windows": 25} | row,
        ]
        write_json(tmp_path / "scores" / f"{subject}.json", rows)
    scored = [(path.stem, path) for path in sorted((tmp_path / "scores").iterdir())]
    tabulate_people(scored, table=tmp_path / "people.csv")
    found = read_people(tmp_path / "people.csv")
    facts = {"subject": "sub1", "generator": "adapted", "known": False, "n_windows": 25}
    assert found[1] == facts | dict.fromkeys(names, 0.5)
    write_json(tmp_path / "people.json", {"machine": MACHINE, "people": found})
    page = table.render(tmp_path)
    assert "| left out, 25 windows | 2 | 0.5 [0.5, 0.5] |" in page
    assert "| trained with them | 2 | 0.5 [0.5, 0.5] |" in page


def test_scores_are_shown_beside_floor_and_ceiling(tmp_path):
    one = {"value": 0.4, "low": 0.3, "high": 0.5}
    floor = one | {"floor": {"value": 0.5}}
    names = ("conditional_mean_r", "shuffled_video_r", "blank_video_r", "lag_ms")
    r = dict.fromkeys([*names, "of_ceiling", "sample_r", "perfect_sample_r"], one)
    metrics = {
        "alignment": r | {"ceiling_r": one | {"value": 0.8}},
        "fidelity": {
            "covariance_error": floor,
            "psd_distance": floor,
            "c2st": floor | {"classifiers": {"forest": one}},
            "band_power_ratio": dict.fromkeys(BANDS, one),
        },
        "utility": {
            label: dict.fromkeys(("trtr", "tstr", "augmented"), one)
            for label in ("concept", "emotion")
        },
        "privacy": dict.fromkeys(("membership_auc", "linkage"), one),
        "cost": {"seconds_per_sample": 0.01},
    }
    write_json(tmp_path / "metrics.json", metrics)
    found = scores(tmp_path / "metrics.json")
    assert found["of_ceiling"] == one
    assert found["shuffled_of_ceiling"] == {"value": 0.5}
    assert found["c2st"] == one | {"floor": 0.5}
    assert found["c2st_forest"] == one
    default = {
        "training_s": 100.0,
        "jobs": 27,
        "jobs_s": 300.0,
        "peak_memory_mb": 1000.0,
        "scores": found,
    }
    write_json(tmp_path / "default.json", {"machine": MACHINE, "default": default})
    (tmp_path / "metrics.json").unlink()
    assert "| c2st | 0.4 [0.3, 0.5] | 0.5 |" in table.render(tmp_path)


def test_page_in_the_repository_is_up_to_date():
    assert (RESULTS / "table.md").read_text(encoding="utf-8") == table.render(RESULTS), (
        "run `python -m benchmarks.table`"
    )


def test_compared_rows_have_intervals_over_windows(tmp_path):
    entry = row(0.7, -0.2) | {"windows_low": 0.65, "windows_high": 0.75}
    rows = {"spgn": {"c2st": entry}, "ced": {"c2st": row(1.0, 0.3)}}
    write_json(tmp_path / "comparison.json", {"machine": MACHINE, "comparison": rows})
    page = table.render(tmp_path)
    assert "0.7 [0.65, 0.75]" in page
    assert "+0.3" not in page
