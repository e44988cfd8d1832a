"""Provenance of the page."""

from videeg_pipe.report import provenance


def test_page_shows_its_provenance(text):
    for part in ("c" * 64, "d" * 64, "e" * 64, "report.n_traces", "2025-01-01T00:00:00Z"):
        assert part in text
    assert "3 jobs took 65.5 s" in text and "512" in text


def test_jobs_are_grouped_by_rule(scored):
    rules = provenance.spent(scored, {"sub1", "sub2", "spgn"}).set_index("rule")
    assert list(rules.index) == ["train", "preprocess"]
    assert rules.loc["preprocess", "jobs"] == 2 and rules.loc["preprocess", "seconds"] == 5
