"""A share has the earliest training windows of some people, and nothing else."""

from videeg_pipe.augment.shares import cut_share
from videeg_pipe.contracts.tables import read_table


def test_a_share_has_the_earliest_training_windows(share, tmp_path):
    inputs, root = share
    every = inputs.windows(table="cut")
    assert set(every["split"]) == {"train"} and set(every["block"]) == {1}
    for person in ("sub1", "sub2"):
        own = every[every["subject"] == person]
        assert own["clip_id"].unique().tolist() == [f"{person}-s1-b1-c{k:03d}" for k in range(4)]
    paths = {"cut": root / "windows" / "cut.parquet", "clips_cut": root / "clips_cut.parquet"}
    cut_share(25, ["sub2"], out=tmp_path / "cut.parquet", **paths)
    few = read_table(tmp_path / "cut.parquet", "cut")
    assert few["clip_id"].unique().tolist() == ["sub2-s1-b1-c000", "sub2-s1-b1-c001"]


def test_a_generator_sees_nothing_but_its_share(share, poisoned):
    here, there = (inputs.path("checkpoint").read_bytes() for inputs, _ in (share, poisoned))
    assert here == there
