"""Rows of the table: floors beside every decoder, in every protocol."""

import pytest

from videeg_pipe.config.decode import DecodeOptions
from videeg_pipe.models.decoders.registry import DECODERS
from videeg_pipe.models.decoders.rows import People, list_rows
from videeg_pipe.runtime.errors import UserError

SUBJECTS = [f"sub{i}" for i in range(1, 9)]
FLOORS = {name for name, spec in DECODERS.items() if spec.kind == "floor"}


def rows(**options):
    chosen = DecodeOptions(**options)
    return list_rows(chosen, People.of(SUBJECTS, chosen))


def test_people_are_divided_in_their_order():
    people = People.of(SUBJECTS, DecodeOptions(new_people=2, single_people=1))
    assert (people.known, people.single, people.new) == (SUBJECTS[:6], ["sub1"], SUBJECTS[6:])
    with pytest.raises(UserError, match="among 8 people; found 8 new and 0 single"):
        People.of(SUBJECTS, DecodeOptions(new_people=8))


def test_floors_stand_beside_the_decoders_in_every_protocol():
    made = rows(decoders=["sam-net"], new_people=2, single_people=1, seeds=2)
    assert len({row.name for row in made}) == len(made)
    for protocol in ("cs", "ss", "new-0"):
        own = {row.decoder for row in made if row.protocol == protocol}
        assert own == FLOORS | {"sam-net"}
    seeds = [row.name for row in made if row.decoder == "sam-net" and row.protocol == "new-0"]
    assert seeds == ["sam-net_new-0", "sam-net_new-0_seed-1"]


def test_adaptation_has_every_method_and_share_and_lookup_beside_it():
    made = rows(new_people=2, calibration=[5, 30], methods=["euclidean", "heads"])
    names = [row.name for row in made if row.protocol == "new-p"]
    assert sorted(names) == [
        "lookup_new-30_euclidean", "lookup_new-5_euclidean",
        "sam-net_new-30_euclidean", "sam-net_new-30_heads",
        "sam-net_new-5_euclidean", "sam-net_new-5_heads",
    ]  # fmt: skip


def test_without_new_and_single_people_all_are_known():
    assert {row.protocol for row in rows()} == {"cs"}
    assert {row.group for row in rows()} == {"known"}


@pytest.mark.parametrize(
    "wrong",
    [{"decoders": ["ridge"]}, {"adapted": ["sam-net"], "decoders": ["dynamind"]},
     {"calibration": [0.0]}],
)  # fmt: skip
def test_rows_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"decode\.(decoders|adapted|calibration): expected"):
        DecodeOptions(**wrong)


def test_ablations_stand_beside_known_people_with_every_seed():
    made = rows(
        decoders=["sam-net"],
        seeds=2,
        single_people=1,
        new_people=1,
        variants={"no-centre": {"of": "sam-net", "options": {}}},
        without={"sam-net": ["text", "keyframe"]},
    )
    assert len({row.name for row in made}) == len(made)
    ablations = {row.name: row.whole.name for row in made if row.whole is not None}
    assert ablations == {
        "no-centre_cs": "sam-net_cs",
        "no-centre_cs_seed-1": "sam-net_cs_seed-1",
        "sam-net_cs_no-text": "sam-net_cs",
        "sam-net_cs_no-text_seed-1": "sam-net_cs_seed-1",
        "sam-net_cs_no-keyframe": "sam-net_cs",
        "sam-net_cs_no-keyframe_seed-1": "sam-net_cs_seed-1",
    }
