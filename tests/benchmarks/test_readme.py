"""The numbers of README.md and docs/benchmarks.md are those of the tracked default run."""

from pathlib import Path

import pytest

from videeg_pipe.runtime.files import read_json

ROOT = Path(__file__).parents[2]
SCORES = read_json(ROOT / "benchmarks" / "results" / "default.json")["default"]["scores"]


@pytest.mark.parametrize("page", ["README.md", "docs/benchmarks.md"])
@pytest.mark.parametrize(
    "name", ["of_ceiling", "c2st", "tstr_concept", "membership_auc", "linkage"]
)
def test_scores_of_the_pages_are_those_of_the_default_run(page, name):
    entry = SCORES[name]
    shown = f"{entry['value']:.3f} [{entry['low']:.3f}, {entry['high']:.3f}]"
    assert shown in (ROOT / page).read_text(encoding="utf-8"), f"draw {page} again: {name} {shown}"
