from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.scoring.decoding.toy import held_out
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.identify import identify


def test_groups_are_the_clips_of_a_person_and_block():
    test = held_out()
    assert [len(rows) for rows in test.groups] == [30, 30]
    assert all(test.table.iloc[rows]["subject"].nunique() == 1 for rows in test.groups)


@pytest.mark.parametrize("clips_per_run", [5, 1])
def test_the_same_clips_in_another_session_are_no_rivals(clips_per_run):
    """A true clip of one session would tie with itself in the other."""
    one = held_out()
    again = one.table.assign(recording_id=one.table["recording_id"] + "-again")
    table = pd.concat([one.table, again], ignore_index=True)
    rows = np.flatnonzero(table["position"] <= clips_per_run)
    twice = one.true.take(np.tile(np.arange(60), 2)[rows])
    test = replace(one, table=table.iloc[rows].reset_index(drop=True), true=twice)
    true = twice.spaces["vae"]
    among_all, within = identify(true, true, test.groups, test.table["run_id"].to_numpy())
    assert (among_all == 1).all()
    assert np.isnan(within).all() if clips_per_run == 1 else (within == 1).all()


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
