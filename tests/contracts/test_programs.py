"""Stimulus programs: what is accepted, and one clear line for what is not."""

import json

import jsonschema
import pytest

from videeg_pipe.contracts.programs import SCHEMA_JSON, generated, is_program, read_program
from videeg_pipe.runtime.errors import UserError

FLICKER = {"kind": "flicker", "frame_rate": 60, "duration_s": 2, "frequency": 13}
CODE = {"kind": "code", "frame_rate": 120, "duration_s": 2, "rate": 60}
GOLD = {"degree": 6, "taps": [[5], [5, 2, 1]], "shift": 3}
IMAGES = {"kind": "images", "frame_rate": 60, "duration_s": 2, "rate": 6}


def written(folder, content):
    path = folder / "x.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "blank", "frame_rate": 60, "duration_s": 1},
        FLICKER,
        FLICKER | {"frequency": 30, "phase": 1.5, "waveform": "square", "duty": 0.2},
        CODE | {"bits": "0110"},
        CODE | {"m_sequence": {"degree": 6}, "modulated": True},
        CODE | {"m_sequence": {"degree": 6, "taps": [1]}},
        CODE | {"gold": GOLD},
        IMAGES | {"oddball_period": 5, "position": [0.2, 0.8], "size": [0.1, 0.1]},
    ],
)
def test_programs_are_read_with_their_kind(tmp_path, content):
    program = read_program(written(tmp_path, content))
    assert program.kind == content["kind"]
    assert program.n_frames == content["frame_rate"] * content["duration_s"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[]", "dictionary"),
        (FLICKER | {"kind": "film"}, "film"),
        ({"kind": "flicker"}, "frame_rate"),
        (FLICKER | {"frequncy": 3}, "frequncy"),
        (FLICKER | {"frequency": 31}, "half the frame rate, 30 Hz"),
        (FLICKER | {"frame_rate": 500}, "frame_rate"),
        (FLICKER | {"duration_s": 1e9}, "duration_s"),
        (FLICKER | {"low": -0.1}, "low"),
        ('{"kind": "flicker", "frame_rate": NaN, "duration_s": 1, "frequency": 1}', "frame_rate"),
        (CODE, "one of bits, m_sequence and gold, found none"),
        (CODE | {"bits": "01", "m_sequence": {"degree": 3}}, "found bits, m_sequence"),
        (CODE | {"bits": "012"}, "bits"),
        (CODE | {"bits": "01", "rate": 50}, "whole fraction"),
        (CODE | {"bits": "01", "rate": 240}, "expected the frame rate, 120 Hz"),
        (CODE | {"bits": "01", "rate": 1e18}, "whole fraction"),
        (CODE | {"bits": "01", "rate": 120, "modulated": True}, "half the frame rate, 60 Hz"),
        (CODE | {"bits": "01", "rate": 40, "modulated": True}, "whole fraction"),
        (CODE | {"bits": "01", "rate": 1e-320}, "rate"),
        (CODE | {"m_sequence": {"degree": 6, "taps": [7]}}, "from 1 to 5, found [7]"),
        (CODE | {"m_sequence": {"degree": 6, "taps": [6]}}, "from 1 to 5, found [6]"),
        (CODE | {"m_sequence": {"degree": 6, "taps": [0, 5]}}, "from 1 to 5, found [0, 5]"),
        (CODE | {"m_sequence": {"degree": 6, "taps": []}}, "from 1 to 5, found []"),
        (CODE | {"m_sequence": {"degree": 6, "taps": [3]}}, "63 bits, found [3], which repeat"),
        (CODE | {"m_sequence": {"degree": 6, "shift": 10**30}}, "shift"),
        (
            CODE | {"gold": GOLD | {"taps": [[5], [9, 1]]}},
            "gold: taps: expected",
        ),
        (FLICKER | {"size": [0, 1]}, "size.0"),
        (FLICKER | {"size": [1, 1e-6]}, "size.1"),
        (IMAGES | {"rate": 40}, "half the frame rate"),
        (IMAGES | {"oddball_period": 1}, "oddball_period"),
    ],
)
def test_one_line_names_the_file_and_the_option(tmp_path, content, named):
    path = written(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_program(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    assert named in message


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"gone\.json.*no such file"):
        read_program(tmp_path / "gone.json")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="JSON"):
        read_program(path)


def test_programs_are_known_by_their_suffix():
    assert is_program("stimuli/13 Hz.JSON")
    assert not is_program("stimuli/13.mp4")


def test_the_schema_accepts_and_refuses_as_the_reader_does():
    schema = json.loads(generated()[SCHEMA_JSON])
    assert set(schema["discriminator"]["mapping"]) == {"blank", "flicker", "code", "images"}
    jsonschema.validate(FLICKER, schema)
    jsonschema.validate(CODE | {"gold": GOLD, "modulated": True}, schema)
    for wrong in ({"frequncy": 3}, {"size": [0, 1]}, {"frame_rate": 500}, {"kind": "film"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(FLICKER | wrong, schema)
