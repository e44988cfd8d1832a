"""The sentence about a person."""

import pytest

from videeg_pipe.stimuli.person import Person


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (("sub-001", 49, "F", "R"), "EEG of a 49-year-old right-handed woman watching a video."),
        (("sub-001", 8, "M", None), "EEG of an 8-year-old boy watching a video."),
        (("sub-001", 18, None, None), "EEG of an 18-year-old person watching a video."),
        (
            ("sub-001", 80.5, "O", "L"),
            "EEG of an 80.5-year-old left-handed person watching a video.",
        ),
        (("sub-001", None, "F", "A"), "EEG of an ambidextrous woman watching a video."),
        (("sub-001", None, "M", None), "EEG of a man watching a video."),
        (("sub-001", None, None, None), "EEG of subject 001 watching a video."),
        (("sub12", None, "O", None), "EEG of subject 12 watching a video."),
        ((None, None, None, None), "EEG of a person watching a video."),
    ],
)
def test_the_sentence_states_the_known_facts(known, sentence):
    assert Person(*known).sentence == sentence
