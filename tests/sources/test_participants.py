"""participants.tsv and the sentence about a person."""

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.participants import participants_table, prompt


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (("sub-001", 49, "F", "R"), "EEG of a 49-year-old right-handed woman watching a video."),
        (("sub-001", 8, "M", None), "EEG of an 8-year-old man watching a video."),
        (("sub-001", 18, None, None), "EEG of an 18-year-old person watching a video."),
        (
            ("sub-001", 80.5, "O", "L"),
            "EEG of an 80.5-year-old left-handed person watching a video.",
        ),
        (("sub-001", None, "F", "A"), "EEG of an ambidextrous woman watching a video."),
        (("sub-001", None, "M", None), "EEG of a man watching a video."),
        (("sub-001", None, None, None), "EEG of subject 001 watching a video."),
        (("sub12", None, "O", None), "EEG of subject 12 watching a video."),
    ],
)
def test_the_sentence_says_what_is_known(known, sentence):
    assert prompt(*known) == sentence


def test_the_table_is_read_as_bids_spells_it(tmp_path, caplog):
    path = tmp_path / "participants.tsv"
    path.write_text(
        "participant_id\tsex\tage\thandedness\tnotes\n"
        "sub-2\tfemale\t31\tRIGHT\tn/a\nsub-1\tn/a\tn/a\tn/a\tx\nsub-3\tM\t89+\tr\tx\n"
    )
    table = participants_table(["sub-1", "sub-2", "sub-3", "sub-4"], path).set_index("subject")
    assert list(table.loc["sub-2", ["age", "sex", "handedness"]]) == [31, "F", "R"]
    assert table.loc[["sub-1", "sub-4"], ["age", "sex", "handedness"]].isna().all(axis=None)
    assert table.loc["sub-3", "prompt"] == "EEG of a right-handed man watching a video."
    assert "89+" in caplog.text


def test_without_the_file_nothing_is_known(tmp_path):
    table = participants_table(["sub1"], tmp_path / "participants.tsv")
    assert list(table["prompt"]) == ["EEG of subject 1 watching a video."]


@pytest.mark.parametrize("content", [b"name\tage\nsub-1\t3\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_table_of_participants_is_refused(content, tmp_path):
    (tmp_path / "participants.tsv").write_bytes(content)
    with pytest.raises(UserError, match=r"participants\.tsv"):
        participants_table(["sub-1"], tmp_path / "participants.tsv")
