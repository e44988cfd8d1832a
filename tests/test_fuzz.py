"""Drawn files and options: readers return, or refuse in one line; nothing else is written.

`make fuzz` draws 20,000 inputs for each of the readers, and 2,000 for slow ones; a test run a few.
"""

import copy
import json
import os
import resource
import signal
import sys
import traceback
from contextlib import chdir
from io import BytesIO
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import mne
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.reader import write_samples
from tests.models.decoders.planted import CONFIG, layout_of, planted_clips
from videeg_pipe import load_release
from videeg_pipe.config import Config, ConfigError, load
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.contracts.tables import read_parquet, write_parquet
from videeg_pipe.external_eeg.read_windows import read_windows
from videeg_pipe.models.decoders.checkpoint import (
    RECORD,
    load_decoder,
    make_decoder,
    save_decoder,
)
from videeg_pipe.reader.readable import check_readable
from videeg_pipe.release.parts import _read_manifest
from videeg_pipe.runtime.errors import UserError, printable
from videeg_pipe.runtime.files import read_npy, read_record, write_record
from videeg_pipe.runtime.option_files import read_config_file
from videeg_pipe.sources.bids.event_table import read_events
from videeg_pipe.sources.bids.opening import channels_table
from videeg_pipe.sources.bids.positions import place_electrodes
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.tsv import read_tsv
from videeg_pipe.stimuli.program import program_frames

EXAMPLES = int(os.environ.get("VIDEEG_FUZZ", "20"))
MORE_BYTES = 3 << 30
"""Address space that a reader may take."""

drawn = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="VIDEEG_FUZZ" not in os.environ,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
drawn_rarely = settings(drawn, max_examples=max(20, EXAMPLES // 10))
"""For readers that take some 100 ms."""
INTEGERS = st.integers() | st.sampled_from([-1, 0, 2**31, 2**62, 2**64, 10**30])


def values(floats):
    return st.recursive(
        st.none() | st.booleans() | INTEGERS | floats | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
        max_leaves=8,
    )


VALUES = values(st.floats())
FINITE_VALUES = values(st.floats(allow_nan=False, allow_infinity=False))


@pytest.fixture(scope="module", autouse=True)
def bounded_memory():
    """Refuse more memory than `MORE_BYTES` to this process."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A file to write to, in the only folder of the working folder; no other file may appear."""
    working = tmp_path_factory.mktemp("fuzz")
    (working / "inputs").mkdir()
    with chdir(working):
        yield working / "inputs" / "file"


class Writes:
    """Files outside the working folder that Python opens to write, by an audit hook.

    A hook stays for the life of the process, so that there is one; files that a library opens in C
    are not seen.
    """

    names: list[str] | None = None  # None while nobody looks

    @classmethod
    def hook(cls, event: str, arguments: tuple[object, ...]) -> None:
        """Record one event of `sys.audit`."""
        if event != "open" or cls.names is None:
            return
        path, _, flags = arguments
        if isinstance(path, int) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        written = Path(os.fsdecode(path)).absolute()
        if written != Path(os.devnull) and not written.is_relative_to(Path.cwd()):
            cls.names.append(str(written))


sys.addaudithook(Writes.hook)


def refused_or_read(read, path: Path) -> None:
    """Read a file; a refusal is one printable line that names it; nothing else is written."""
    Writes.names = written = []
    try:
        read(path)
    except (UserError, ConfigError) as error:
        line = str(error)
        assert line and len(line) < 5000
        assert all(printable(part) == part for part in line.split("\n"))
        assert "\n" not in line or isinstance(error, ConfigError)
    finally:
        Writes.names = None
    assert written == []
    assert [one.name for one in path.parent.parent.iterdir()] == [path.parent.name]
    assert {one.name.split(".")[0].split("_")[0] for one in path.parent.iterdir()} <= {
        path.name.split(".")[0].split("_")[0]
    }


@st.composite
def changed(draw, content: bytes) -> bytes:
    """Flip bytes, cut or repeat a piece, or put other bytes in."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        kind = draw(st.sampled_from(["flip", "cut", "insert", "end"]))
        if kind == "flip" and made:
            made[at] ^= draw(st.integers(1, 255))
        elif kind == "cut":
            del made[at : at + draw(st.integers(1, 64))]
        elif kind == "insert":
            made[at:at] = draw(st.binary(max_size=16))
        elif kind == "end":
            del made[at:]
    return bytes(made)


# --- .npy -------------------------------------------------------------------------------------

SHAPES = st.lists(st.integers(-3, 9) | INTEGERS, max_size=4).map(tuple)
TYPES = st.sampled_from(
    ["<f4", "|O", "<U9", "V8", ">c16", "", "f", [("a", "<f4")], "<M8[ns]", 5, None, "|S0"]
)


@st.composite
def npy(draw) -> bytes:
    head = {
        "descr": draw(TYPES),
        "fortran_order": draw(st.booleans() | VALUES),
        "shape": draw(SHAPES | VALUES),
    }
    head |= draw(st.dictionaries(st.text(max_size=4), st.integers(), max_size=1))
    text = draw(st.just(repr(head)) | st.text(max_size=40)).encode("utf-8", "replace")
    length = draw(st.just(len(text)) | st.integers(0, 2**16 - 1))
    version = draw(st.sampled_from([b"\1\0", b"\2\0", b"\3\0", b"\7\0"]))
    size = 2 if version == b"\1\0" else 4
    content = b"\x93NUMPY" + version + length.to_bytes(size, "little") + text
    return content + draw(st.binary(max_size=64))


@drawn
@given(content=npy() | st.binary(max_size=80))
@pytest.mark.parametrize("memory_map", [False, True])
def test_npy(place, memory_map, content):
    path = place.with_suffix(".npy")
    path.write_bytes(content)
    refused_or_read(lambda path: read_npy(path, memory_map=memory_map).sum(), path)


@pytest.fixture(scope="module")
def archive():
    content = BytesIO()
    np.savez_compressed(content, eeg=np.ones((2, 3, 8)), sfreq=200.0, channels=["Fz", "Cz", "Pz"])
    return content.getvalue()


@drawn
@given(data=st.data())
def test_npz(place, archive, data):
    path = place.with_suffix(".npz")
    path.write_bytes(data.draw(changed(archive)))
    refused_or_read(lambda path: read_windows(path, 1.0), path)


# --- BIDS tables ------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["n/a", "", "0", "1.5", "1,5", "-1", "1e400", "nan", "../up", '"', '"a', "sub-1", "BAD x", "\0"]
) | st.text(max_size=6)
NAMES = st.sampled_from(
    ["onset", "duration", "trial_type", "stim_file", "participant_id", "age", "sex", "hand", ""]
) | st.text(max_size=5)
NOTES = st.sampled_from(["Units", "Levels"])


@st.composite
def table(draw) -> bytes:
    names = draw(st.lists(NAMES, min_size=1, max_size=6))
    rows = draw(st.lists(st.lists(CELLS, max_size=7), max_size=5))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join("\t".join(r) for r in [names, *rows])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])), "replace")


@drawn
@given(
    content=table() | st.binary(max_size=60),
    notes=st.dictionaries(
        NAMES, VALUES | st.dictionaries(st.sampled_from(["Units", "Levels"]), VALUES)
    ),
)
def test_bids_tables(place, content, notes):
    path = place.with_name("file_events.tsv")
    path.write_bytes(content)
    path.with_suffix(".json").write_text(json.dumps(notes))
    refused_or_read(read_tsv, path)
    refused_or_read(lambda path: read_events(path.with_name("file_eeg.edf"), []), path)
    refused_or_read(lambda path: participants_table(["sub-1", "sub-2"], path), path)


COLUMNS = ["name", "type", "x", "y", "z", "units", "status"]
PLACED = st.sampled_from(["Fz", "Cz", "EEG", "n/a", "0.05", "-80", "1e400", "nan", "uV", "bad", ""])
SYSTEMS = st.sampled_from(["CTF", "EEGLAB", "RAS", "Other", "CapTrak", "m", "mm", "cm", "n/a"])


@st.composite
def montage(draw) -> bytes:
    names = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=7, unique=True))
    cells = st.lists(PLACED | CELLS, min_size=len(names), max_size=len(names))
    rows = draw(st.lists(cells, max_size=4))
    return "\n".join("\t".join(row) for row in [names, *rows]).encode("utf-8", "replace")


@drawn
@given(
    channels=montage(),
    electrodes=montage() | st.just(b"name\tx\ty\tz\nFz\t0\t80\t60\nCz\t0\t0\t95"),
    system=st.dictionaries(
        st.sampled_from(
            ["EEGCoordinateSystem", "EEGCoordinateUnits", "AnatomicalLandmarkCoordinates"]
        ),
        SYSTEMS | VALUES | st.dictionaries(st.sampled_from(["NAS", "LPA", "RPA"]), VALUES),
    )
    | VALUES,
)
def test_bids_channels_and_electrodes(place, channels, electrodes, system):
    path = place.with_name("file_eeg.edf")
    place.with_name("file_channels.tsv").write_bytes(channels)
    place.with_name("file_electrodes.tsv").write_bytes(electrodes)
    place.with_name("file_coordsystem.json").write_text(json.dumps(system))
    refused_or_read(channels_table, path)
    raw = mne.io.RawArray(
        np.zeros((2, 9)), mne.create_info(["Fz", "Cz"], 100.0, "eeg"), verbose=False
    )
    refused_or_read(lambda path: place_electrodes(path, raw, BidsOptions().electrodes, []), path)


# --- records of the workflow ------------------------------------------------------------------

PART = {
    "model": "spgn", "checkpoint_sha256": "a" * 64, "protocol": "generation", "sampler": {},
    "samples": [{"window_id": "w", "row": 0, "seed": 1, "sha256": "b" * 64}],
}  # fmt: skip


@drawn
@given(
    content=changed(json.dumps(PART).encode())
    | st.dictionaries(st.sampled_from([*PART, "checksum"]), VALUES).map(
        lambda value: json.dumps(value).encode()
    )
    | st.binary(max_size=40)
    | st.integers(1, 9000).map(lambda n: b"[" * n)
)
def test_records(place, content):
    path = place.with_suffix(".json")
    path.write_bytes(content)
    refused_or_read(read_record, path)
    refused_or_read(_read_manifest, path)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "table.parquet"
    write_parquet(path, pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
    return path


@drawn
@given(data=st.data())
def test_tables(place, parquet, data):
    path = place.with_suffix(".parquet")
    path.write_bytes(data.draw(changed(parquet.read_bytes())))
    refused_or_read(read_parquet, path)


# --- decoders ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["ridge", "sam-net", "eeg2video", "dynamind", "mindcross"])
def decoder(request, tmp_path_factory):
    """Record of an unfitted decoder, in the only folder of the working folder; and its path."""
    working = tmp_path_factory.mktemp("decoder")
    made = make_decoder(request.param, layout_of(planted_clips()), CONFIG, seed=0)
    save_decoder(working / "inputs", request.param, made, CONFIG, {})
    with chdir(working):
        path = working / "inputs" / RECORD
        yield read_record(path), path


@st.composite
def edited(draw, record: dict) -> dict:
    """Replace or remove entries of a record, on any level."""
    made = copy.deepcopy(record)
    for _ in range(draw(st.integers(1, 3))):
        inner = made
        while inner:
            name = draw(st.sampled_from(sorted(inner)))
            if not isinstance(inner[name], dict) or draw(st.integers(0, 3)) == 0:
                if draw(st.booleans()):
                    del inner[name]
                else:
                    inner[name] = draw(FINITE_VALUES)
                break
            inner = inner[name]
    return made


@drawn_rarely
@given(data=st.data())
def test_decoders(decoder, data):
    record, path = decoder
    write_record(path, data.draw(edited(record)))
    refused_or_read(lambda path: load_decoder(path.parent), path)


# --- stimulus programs ------------------------------------------------------------------------

SCREEN = {"frame_rate": 60, "duration_s": 2}
PROGRAMS = [
    SCREEN | {"kind": "blank"},
    SCREEN | {"kind": "flicker", "frequency": 13, "phase": 1, "waveform": "square", "duty": 0.2},
    SCREEN | {"kind": "code", "rate": 60, "bits": "0110"},
    SCREEN | {"kind": "code", "rate": 30, "m_sequence": {"degree": 5, "taps": [2], "shift": 3}},
    SCREEN | {"kind": "code", "rate": 60, "gold": {"degree": 5, "taps": [[2], [4, 3, 2]]}},
    SCREEN | {"kind": "images", "rate": 6, "oddball_period": 5, "n_pictures": 2, "seed": 0},
]
NUMBERS = st.floats(0, 240) | st.floats() | INTEGERS | st.sampled_from([0, 1e-320, 1e308, 10**400])
CODES = st.dictionaries(
    st.sampled_from(["degree", "taps", "shift"]),
    st.integers(0, 20) | VALUES | st.lists(st.integers(0, 20) | st.lists(st.integers(0, 20))),
)
PLACES = st.lists(NUMBERS, min_size=1, max_size=3)
ENTRIES = {"m_sequence": CODES, "gold": CODES, "position": PLACES, "size": PLACES}


@st.composite
def programs(draw):
    made = dict(draw(st.sampled_from(PROGRAMS)))
    for name in draw(st.lists(st.sampled_from([*made, "low", *ENTRIES]), max_size=3)):
        new = draw(ENTRIES.get(name, NUMBERS) | VALUES)
        old = made.get(name)
        made[name] = old | new if isinstance(old, dict) and isinstance(new, dict) else new
    return made


def draw_program(path):
    """Read a program, and draw its first pictures; no number becomes infinite or none."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for _, frame in islice(program_frames(path), 3):
            assert frame.to_ndarray().dtype == np.uint8


@drawn
@given(
    content=programs().map(lambda made: json.dumps(made).encode())
    | changed(json.dumps(PROGRAMS[4]).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.integers(1, 9000).map(lambda n: b"9" * n)
)
def test_programs(place, content):
    path = place.with_suffix(".json")
    path.write_bytes(content)
    refused_or_read(draw_program, path)


# --- releases ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    path = tmp_path_factory.mktemp("release") / "release.h5"
    labels = {
        "sample_id": ["a", "b"], "subject": ["sub1", "sub2"], "split": ["train", "test"],
        "concept": ["x", "y"], "concept_id": [1, 2], "emotion": ["", "positive"],
        "video_id": ["v", "v"], "video_time_s": [0.0, 1.0],
    }  # fmt: skip
    write_samples(path, np.ones((2, 3, 4), np.float32), ("FZ", "CZ", "OZ"), labels)
    return path


def _use(path):
    opened = load_release(path)
    for place in range(min(len(opened), 4)):
        assert opened[place]["eeg"].ndim == 2
    opened.to_pandas()


def _survives(path) -> bool:
    """Use a release in a child process; False if HDF5 crashes there, or never ends."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        status = 1
        try:
            refused_or_read(_use, path)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0  # the child prints its traceback
    return not os.WIFSIGNALED(status)


@drawn_rarely
@given(data=st.data())
def test_releases(place, release, data):
    path = place.with_suffix(".h5")
    path.write_bytes(data.draw(changed(release.read_bytes())))
    if not _survives(path):
        with pytest.raises(UserError, match="damaged"):
            check_readable(path)


# --- configuration ------------------------------------------------------------------------------

OPTIONS = [
    (section, name)
    for section, values in Config().model_dump(mode="json").items()
    for name in values
]


@st.composite
def options(draw):
    made: dict = {}
    for section, name in draw(st.lists(st.sampled_from(OPTIONS), max_size=4)):
        made.setdefault(section, {})[name] = draw(VALUES)
    return made | draw(st.dictionaries(st.text(max_size=5), VALUES, max_size=1))


@drawn
@given(values=options() | VALUES.filter(lambda value: isinstance(value, dict)))
def test_options(place, values):
    refused_or_read(lambda _: load(values), place.with_suffix(".yaml"))


@drawn_rarely
@given(
    content=options().map(lambda made: yaml.safe_dump(made, allow_unicode=True).encode())
    | st.binary(max_size=60)
    | st.text("{}[]:&*a1-\n ,'\"!|<%#?", max_size=40).map(str.encode)
)
def test_config_files(place, content):
    path = place.with_suffix(".yaml")
    path.write_bytes(content)
    refused_or_read(lambda path: load(read_config_file(path)), path)


def test_a_traceback_would_be_noticed(place):
    path = place.with_suffix(".json")
    path.write_text("{}")
    with pytest.raises(ZeroDivisionError):
        refused_or_read(lambda _: 1 / 0, path)
    write_record(path, vars(SimpleNamespace(a=1)))
    refused_or_read(read_record, path)
