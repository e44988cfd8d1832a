"""The page of `videeg explore` is measured, and the page of tables shows the measurement."""

import pytest

from benchmarks import explore, table
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json


@pytest.mark.slow
def test_a_measurement_is_shown(tmp_path):
    measured = explore.measure([30])
    assert set(measured) == {"30"}
    assert min(measured["30"].values()) > 0
    write_json(tmp_path / "explore.json", {"machine": MACHINE, "explore": measured})
    page = table.render(tmp_path)
    assert "| samples | start | page | search |" in page
    assert f"| 30 | {measured['30']['start']:.3g} |" in page
