"""What the test split shares with the training."""

import pandas as pd

from videeg_pipe.contracts.held_out import held_out


def tables(rows):
    """Make both tables from rows of subject, session, block, video and split."""
    frame = pd.DataFrame(rows, columns=["subject", "session", "block", "video_id", "split"])
    parts = [frame[name].astype(str) for name in ("session", "block")]
    frame["recording_id"] = frame["subject"] + parts[0] + parts[1]
    return frame, frame.drop_duplicates("recording_id")


def test_people_held_out_share_all_videos_with_the_training():
    rows = [
        (person, session, 1, video, split)
        for person, split in (("a", "train"), ("b", "validation"), ("c", "test"))
        for session in (1, 2)
        for video in ("x", "y")
    ]
    found = held_out(*tables(rows))
    assert found.text == "Also in the training: 2 of its 2 videos and 0 of its 1 person."
    assert found.units == ()  # two sessions are too few
    assert found.n_training_people == 1


def test_blocks_held_out_share_the_people():
    rows = [
        (person, 1, block, f"v{block}", split)
        for person in "ab"
        for block, split in ((1, "train"), (2, "validation"), (3, "test"))
    ]
    windows, recordings = tables(rows)
    found = held_out(windows, recordings)
    assert found.text == "Also in the training: 0 of its 1 video and 2 of its 2 people."
    assert found.units == ("run",)
    assert found.n_training_people == 2
    alone = held_out(windows, recordings, left_out=["b"])
    assert (alone.n_training_people, alone.trained_people) == (1, 1)
    unused = windows[windows["block"] < 3]
    assert held_out(unused, recordings).units == ()  # a recording without windows does not count
