"""EEG for a long video is measured, and the page of tables shows the measurement."""

import pytest

from benchmarks import long_video, table
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json


@pytest.mark.slow
def test_a_measurement_is_shown(packed, tmp_path):
    measured = long_video.measure(packed, video_s=3)
    assert measured["video_seconds"] == 3 and measured["electrodes"] == 12
    assert measured["seconds"] > 0 and measured["memory_mb"] > 0
    write_json(tmp_path / "long-video.json", {"machine": MACHINE, "long-video": measured})
    assert "A video of 3 s, 12 electrodes: " in table.render(tmp_path)
