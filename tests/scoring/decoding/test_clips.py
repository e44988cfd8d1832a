from dataclasses import replace

import numpy as np
import pytest

from tests.scoring.decoding.toy import held_out
from videeg_pipe.runtime.errors import UserError


def test_groups_are_the_clips_of_a_person_and_block():
    test = held_out()
    assert [len(rows) for rows in test.groups] == [30, 30]
    assert all(test.table.iloc[rows]["subject"].nunique() == 1 for rows in test.groups)


def test_other_clips_are_of_another_run_at_the_same_place_for_all_people():
    test = held_out()
    partners, table = test.other_runs(3, seed=0), test.table
    assert partners.shape == (3, 60)
    for rows in partners:
        other = table.iloc[rows].reset_index(drop=True)
        assert (other["run_id"] != table["run_id"]).all()
        assert (other["position"] == table["position"]).all()
        assert other["run_id"][:30].tolist() == other["run_id"][30:].tolist()
        assert other["run_id"].nunique() == 6
    assert len(np.unique(partners, axis=0)) == 3


def test_rejected_clips_are_replaced_by_the_nearest():
    test = held_out()
    kept = np.flatnonzero((test.table["run_id"] != "b7-r1") | (test.table["position"] != 3))
    test = replace(test, table=test.table.iloc[kept], true=test.true.take(kept))
    other = test.table.iloc[test.other_runs(5, seed=0).ravel()]
    apart = np.abs(other["position"].to_numpy() - np.tile(test.table["position"], 5))
    assert apart.max() == 1 and (apart == 1).sum() == 2 * 5


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("concept", "boats", "clips of one concept and block"), ("run_id", "all", "clips of one")],
)
def test_runs_that_are_no_runs_are_refused(column, value, message):
    test = held_out()
    table = test.table.copy()
    table.loc[table.index if column == "run_id" else 3, column] = value
    with pytest.raises(UserError, match=message):
        replace(test, table=table)


def test_a_block_with_one_run_is_refused():
    test = held_out()
    rows = np.flatnonzero(test.table["run_id"] == "b7-r0")
    with pytest.raises(UserError, match="two or more runs"):
        replace(test, table=test.table.iloc[rows], true=test.true.take(rows))
