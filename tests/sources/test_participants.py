"""The participants table, from participants.tsv."""

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.participants import participants_table


def test_columns_and_codes_of_bids_are_read(tmp_path, caplog):
    path = tmp_path / "participants.tsv"
    path.write_text(
        "participant_id\tsex\tage\thandedness\tnotes\n"
        "sub-2\tfemale\t31\tRIGHT\tn/a\nsub-1\tn/a\tn/a\tn/a\tx\nsub-3\tM\t89+\tr\tx\n"
    )
    table, _ = participants_table(["sub-1", "sub-2", "sub-3", "sub-4"], path)
    table = table.set_index("subject")
    assert list(table.loc["sub-2", ["age", "sex", "handedness"]]) == [31, "F", "R"]
    assert table.loc[["sub-1", "sub-4"], ["age", "sex", "handedness"]].isna().all(axis=None)
    assert table.loc["sub-3", "prompt"] == "EEG of a right-handed man watching a video."
    assert "89+" in caplog.text


def test_without_the_file_all_facts_are_null(tmp_path):
    table, _ = participants_table(["sub1"], tmp_path / "participants.tsv")
    assert list(table["prompt"]) == ["EEG of subject 1 watching a video."]


@pytest.mark.parametrize("content", [b"name\tage\nsub-1\t3\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_table_of_participants_is_refused(content, tmp_path):
    (tmp_path / "participants.tsv").write_bytes(content)
    with pytest.raises(UserError, match=r"participants\.tsv"):
        participants_table(["sub-1"], tmp_path / "participants.tsv")
