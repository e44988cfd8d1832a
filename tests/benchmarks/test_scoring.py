"""Scoring is timed on noise, and its growth is shown without the constant part."""

import pytest

from benchmarks import scoring, table
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json


def test_noise_is_scored():
    data = scoring.make_noise(40)
    assert data.windows["subject"].nunique() == scoring.PEOPLE
    assert data.windows.groupby("clip_id").size().tolist() == [scoring.PER_CLIP] * 4
    assert data.generated.shape == data.real.shape == (40, 62, 200)
    assert scoring.cpu_seconds(data) > 0


def test_a_constant_start_does_not_change_the_exponent(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "cpu_seconds", lambda data: 3.0 + 0.01 * len(data.windows))
    measured = scoring.measure((100, 400))
    assert measured["exponent"]["exponent"] == pytest.approx(1, abs=1e-3)
    assert measured["cpu_seconds"] == {"64": 3.64, "100": 4.0, "400": 7.0}
    write_json(tmp_path / "scoring.json", {"machine": MACHINE, "scoring": measured})
    page = table.render(tmp_path)
    assert "| 400 | 7 |" in page and "| exponent without the constant part | 1.00 |" in page
