"""Provenance of the page."""

import shutil
import subprocess
from pathlib import Path

import pytest

from videeg_pipe.report import provenance


def test_page_shows_its_provenance(text):
    for part in ("c" * 64, "d" * 64, "e" * 64, "report.n_traces", "2025-01-01T00:00:00Z"):
        assert part in text
    assert "3 jobs took 65.5 s" in text and "512" in text


def test_jobs_are_grouped_by_rule(scored):
    rules = provenance.spent(scored, {"sub1", "sub2", "spgn"}).set_index("rule")
    assert list(rules.index) == ["train", "preprocess"]
    assert rules.loc["preprocess", "jobs"] == 2 and rules.loc["preprocess", "seconds"] == 5


def test_the_commit_is_that_of_the_packages_repository():
    root = Path(__file__).parents[2]
    if not (root / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no git repository")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    )
    assert provenance.versions()["commit"].startswith(head.stdout[:12])
