"""Blocks and subjects that the section `split` holds out."""

from videeg_pipe.config import load
from videeg_pipe.preprocess.split import held_out


def test_negative_numbers_count_blocks_and_subjects_from_the_end():
    people = load({"split": {"by": "subject", "validation": [-2], "test": [-1, -9]}}).split
    names = ["sub-3", "sub-1", "sub-2", "sub-1"]
    assert held_out(people, "validation", names) == ["sub-2"]
    assert held_out(people, "test", names) == ["sub-3", -9]  # -9 is refused later, by name
    blocks = load({"split": {"validation": [2], "test": [-1]}}).split
    assert held_out(blocks, "validation", [1, 2, 3]) == [2]
    assert held_out(blocks, "test", [1, 2, 3]) == [3]
