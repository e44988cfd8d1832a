"""The numbers of README.md and docs/benchmarks.md are those of the tracked measurements."""

from pathlib import Path

import pytest
import yaml

from videeg_pipe.runtime.files import read_json

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
SCORES = read_json(RESULTS / "default.json")["default"]["scores"]
PHANTOMS = read_json(RESULTS / "phantoms.json")["phantoms"]


@pytest.mark.parametrize("page", ["README.md", "docs/benchmarks.md"])
@pytest.mark.parametrize(
    "name", ["of_ceiling", "c2st", "tstr_concept", "membership_auc", "linkage"]
)
def test_scores_of_the_pages_are_those_of_the_default_run(page, name):
    entry = SCORES[name]
    shown = f"{entry['value']:.3f} [{entry['low']:.3f}, {entry['high']:.3f}]"
    assert shown in (ROOT / page).read_text(encoding="utf-8"), f"draw {page} again: {name} {shown}"


@pytest.mark.parametrize(
    "name", ["of_ceiling", "c2st", "c2st_eight", "log_power_spread frontal", "membership_auc"]
)
def test_scores_over_phantoms_are_those_of_the_measured_phantoms(name):
    by_seed = {seed: entry["value"] for seed, entry in PHANTOMS[name].items()}
    mean, own = PHANTOMS[name]["mean"], [by_seed[seed] for seed in by_seed if seed != "mean"]
    shown = f"{mean['value']:.2f} [{mean['low']:.2f}, {mean['high']:.2f}]"
    row = f"| {shown} | {min(own):.2f} to {max(own):.2f} |"
    assert row in (ROOT / "README.md").read_text(encoding="utf-8"), row


def test_the_measured_phantoms_are_the_final_ones():
    final = yaml.safe_load((ROOT / "config" / "phantoms.yaml").read_text(encoding="utf-8"))["final"]
    assert set(PHANTOMS["c2st"]) == {*map(str, final), "mean"}
