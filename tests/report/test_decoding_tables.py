"""Tables of decoded videos: floors beside every row, own starts apart, places on the scale."""

import pytest

from tests.report.decoding_files import build
from videeg_pipe.report.decoding_tables import best_floor, group_tables


@pytest.fixture
def scores(tmp_path):
    """A small decoding.json."""
    return build(tmp_path).scores


def rows_of(tables, label):
    (table,) = [table for table in tables if table.label.startswith(label)]
    return {row.name: row for row in table.rows}


def test_floors_stand_first_in_every_table_and_own_starts_apart(scores):
    known, new = group_tables(scores)
    for table in known.shared:
        assert [row.name for row in table.rows] == ["lookup_cs", "mean-clip_cs", "sam-net_cs"]
    for table in known.own:
        assert [row.name for row in table.rows] == ["lookup_cs", "mean-clip_cs", "sam-net_cs_own"]
    assert not new.own and known.linear == "lookup_cs"


def test_a_row_has_its_place_between_floor_and_ceiling(scores):
    row = rows_of(group_tables(scores)[0].shared, "Identification among")["sam-net_cs"]
    assert row.floor == ("0.500", "chance") and row.value == "0.580 [0.540, 0.620]"
    assert row.track.floor == 0 and row.track.value == pytest.approx(16)  # of 0.5 to 1.0
    assert row.track.ceilings == [("c", 100), ("g", 80), ("i", 60)] and row.track.people == [16, 20]
    assert row.people == "2 people: 0.580 to 0.600"
    assert row.difference == ("−0.020 [−0.060, 0.020]", "p 0.600")


def test_the_best_floor_counts_chance_and_leaves_out_unknown_ones(scores):
    section = scores["rows"]["sam-net_cs"]["scores"]
    assert best_floor(section["ssim"]) == ("mean_frame", 0.2)
    assert best_floor(section["identify_all"]["vae"]) == ("chance", 0.5)
    assert best_floor(section["diversity"]) is None


def test_equal_values_have_no_scale(scores):
    for row in scores["rows"].values():
        row["scores"]["diversity"] = {"value": 3.0}
    table = rows_of(group_tables(scores)[0].shared, "Distance")
    assert all(row.track is None and row.skill == "–" for row in table.values())


def test_a_missing_value_states_its_reason(scores):
    for row in scores["rows"].values():
        row["scores"]["ssim"] = {"value": None, "reason": "no clip has this score"}
    (table,) = [of for of in group_tables(scores)[0].shared if of.label == "SSIM"]
    assert table.reasons == ["no clip has this score"] and table.ends is None
