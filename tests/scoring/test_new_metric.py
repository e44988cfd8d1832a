"""A new score takes one function and one row of the catalogue: those of the page about it.

The row appears in metrics.json, in the report, in tables of trials and in docs/evaluation.md.
"""

from typing import Any

import pytest

from tests.pages import code_blocks
from tests.scoring.test_known_answers import DATA, TEST, c2st_of
from videeg_pipe.contracts.scores import ScoreSpec, catalogue, definitions, docs, to_json
from videeg_pipe.report.section_tables import section_table
from videeg_pipe.report.trial_sheets import arrange_trials
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.fidelity import statistics
from videeg_pipe.scoring.fidelity.statistics import score_fidelity
from videeg_pipe.scoring.tables import tabulate
from videeg_pipe.scoring.trial import trial_entries

FUNCTION, ROW = code_blocks("docs/how-to/metric.md", "python")


@pytest.fixture(autouse=True)
def row(monkeypatch) -> ScoreSpec:
    added: dict[str, Any] = {}
    exec(FUNCTION, vars(statistics), added)
    monkeypatch.setattr(statistics, "power_ratio", added["power_ratio"], raising=False)
    row = eval(ROW)
    monkeypatch.setattr(catalogue, "SCORES", (*catalogue.SCORES, row))
    return row


@pytest.mark.slow
def test_a_new_score_appears_everywhere(row, tmp_path):
    section, _ = score_fidelity(DATA, seed=1)
    section = to_json(
        section | {"c2st": c2st_of(DATA.real), "definitions": definitions("fidelity")}
    )
    score = section["power_ratio"]
    assert 0.9 < score["low"] <= score["value"] <= score["high"] < 1.1
    assert score["floor"]["value"] > 0 and (score["ideal"], score["unit"]) == (1, "1")
    assert section["definitions"]["power_ratio"] == row.definition
    assert "Power ratio" in [line.label for line in section_table("fidelity", section).rows]
    numbers = {name: entry["value"] for name, entry in trial_entries({"fidelity": section}).items()}
    trial = {"scores": numbers, "intervals": {}, "checkpoint_sha256": None, "n_windows": len(TEST)}
    write_json(tmp_path / "full.json", trial)
    runs, table = [(("full", 0), tmp_path / "full.json")], tmp_path / "table.csv"
    tabulate(runs, reference="full", printed={"full": {}}, table=table)
    (columns,) = arrange_trials(table, differences=False).sheets["Scores"].groups.values()
    assert "power ratio" in columns
    assert f"| `power_ratio` | {row.definition}" in docs.table("fidelity")
    assert "`power_ratio`" in docs.table("trials")
