"""Reading tables of trials."""

import pytest

from tests.report.trial_tables import NO, write_table
from videeg_pipe.models.registry import generator_names
from videeg_pipe.report.read_tables import read_score_table
from videeg_pipe.runtime.errors import UserError


def test_every_floor_of_the_catalogue_is_a_floor_of_the_table(tmp_path):
    floors = generator_names("floor")
    rows = [(name, "mse", 1, 1, *[NO] * 7, "aa", NO) for name in floors]
    table = read_score_table(write_table(tmp_path / "comparison.csv", rows))
    assert table.roles == dict.fromkeys(floors, "floor")


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "ablation.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="variant"):
        read_score_table(path)
