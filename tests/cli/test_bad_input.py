"""Bad input to every command: one line, status 1, and every file as it was."""

import importlib
import io
import json
import multiprocessing
import os
import shutil
import signal
import time
from contextlib import redirect_stderr, suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.test_main import COMMANDS
from tests.external_eeg.windows import eeg
from tests.generator.people import course, write_person
from tests.packed import recorded_run
from tests.playback.decoder import packed_decoder, write_recording
from videeg_pipe.cli.main import main
from videeg_pipe.contracts.generator_folder import MODEL, SCALES
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import TEMPORARY, read_record, write_record

FLICKER = {"kind": "flicker", "frame_rate": 60, "duration_s": 10, "frequency": 12}


@pytest.fixture(scope="module")
def material(packed, packable_inputs, flashing, released, tmp_path_factory):
    """A folder of good and bad input; read-only."""
    root = tmp_path_factory.mktemp("bad-input")
    shutil.copy(flashing, root / "clip.mp4")
    (root / "12Hz.json").write_text(json.dumps(FLICKER))
    (root / "wrong.json").write_text(json.dumps(FLICKER | {"frequency": 100}))
    (root / "file").write_text("mine")
    (root / "folder").mkdir()
    for name in ("nowhere", "nowhere.fif", "nowhere.mp4"):
        (root / name).symlink_to("none" + name[7:])
    for name in ("taken.mp4", "taken.fif"):
        (root / name).write_text("mine")
    shutil.copytree(packed, root / "model")
    shutil.copytree(packed, root / "other-schema")
    record = read_record(packed / "generator.json")
    write_record(root / "other-schema" / "generator.json", record | {"schema_version": "99"})
    shutil.copytree(packed, root / "few-scales")
    scales = read_record(packed / SCALES)
    scales["scales_uv"] = {who: values[:5] for who, values in scales["scales_uv"].items()}
    write_record(root / "few-scales" / SCALES, scales)
    shutil.copytree(packed, root / "few-channels")
    model = read_record(packed / MODEL)
    for name in ("channels", "positions_m"):
        model["layout"][name] = model["layout"][name][:5]
    write_record(root / "few-channels" / MODEL, model)
    for name in ("good.h5", "schema.h5", "channels.h5"):
        shutil.copy(released / "videeg-gen.h5", root / name)
    with h5py.File(root / "schema.h5", "r+") as file:
        file.attrs["schema_version"] = "99"
    with h5py.File(root / "channels.h5", "r+") as file:
        values = file["eeg"][:, :5]
        del file["eeg"]
        file["eeg"] = values
    for name, windows in (("real", eeg(0)), ("made", eeg(1)), ("five", eeg(2)[:, :5])):
        np.save(root / f"{name}.npy", windows)
    write_person(root / "anna.fif", course(5))
    (root / "scored").mkdir()
    (root / "scored" / "metrics.json").write_text("mine")
    recorded_run(packable_inputs, root / "results")
    (root / "repository").mkdir()
    (root / "repository" / "Snakefile").touch()
    (root / "repository" / "config").touch()
    return root


@pytest.fixture
def work(material, monkeypatch):
    """The same as the working folder, without a repository around it."""
    monkeypatch.chdir(material)
    return material


def contents(folder):
    """Return inode, time of the last write and size of each file by its path; () of folders."""
    found = {}
    for path in folder.rglob("*"):
        facts = path.lstat()
        written = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
        found[str(path.relative_to(folder))] = () if path.is_dir() else written
    return found


NEW = "-o new.fif"
BAD = {
    "generate": {
        f"clip.mp4 --model none {NEW}": "none; expected the folder of a trained generator",
        f"clip.mp4 --model other-schema {NEW}": "schema_version 1.0; found 99",
        f"clip.mp4 --model few-channels {NEW}": "checkpoint.safetensors; expected weights of",
        f"clip.mp4 --model few-scales {NEW}": "normalisation.json; expected",
        "clip.mp4 --model model -o taken.fif": "taken.fif; expected a new name",
        "clip.mp4 --model model -o folder --overwrite": "folder; expected a new name",
        "clip.mp4 --model model -o file/new.fif": "file; expected a folder that can be written to",
        "clip.mp4 --model model -o /proc/new.fif": "/proc; expected a folder that can be written",
        f"none.mp4 --model model {NEW}": "none.mp4; expected",
        f"file --model model {NEW}": "file; expected",
        f"folder --model model {NEW}": "folder; expected a video; found a folder",
        f"clip.mp4 --model file {NEW}": "file; expected the folder of a trained generator; found a",
        "clip.mp4 --model model -o .": "expected a name with an ending among",
        "clip.mp4 --model model -o nowhere.fif": "found a link to nothing that exists",
        "clip.mp4 --model model -o nowhere.fif --overwrite": "found a link to nothing that exists",
        "clip.mp4 --model model -o model/new.fif": "outside the folder of a generator; found",
        f"file/clip.mp4 --model model {NEW}": "file/clip.mp4; expected a file; found no such file",
    },
    "adapt": {
        "none anna.fif --name anna -o new": "none; expected the folder of a trained generator",
        "other-schema anna.fif --name anna -o new": "schema_version 1.0; found 99",
        "model none.fif --name anna -o new": "recording that MNE reads; found no such file;",
        "model folder --name anna -o new": "folder; expected a recording that MNE reads; found a f",
        "model anna.fif --name anna -o model/new": "outside the folder of a generator; found",
        "model anna.fif --name anna -o nowhere": "nowhere; expected a new name; found a link to",
        "model clip.mp4 --name anna -o new": "clip.mp4; expected a recording that MNE reads",
        "model anna.fif --name person-1 -o new": "name; expected a new name",
        "model anna.fif --name anna -o model": "model; expected a new name",
        "model anna.fif --name anna -o folder --overwrite": "folder; expected a new name",
        "model anna.fif --name anna -o file/new": "file; expected a folder that can be written to",
        "model anna.fif --name anna -o new --stimulus clip.mp4 --onset nan": "onset; expected a n",
        "model anna.fif --name anna -o new --stimulus none.mp4": "none.mp4; expected",
        "model anna.fif --name anna -o new --stimulus clip.mp4": "annotations that name clip.mp4",
    },
    "decode": {
        "anna.fif --model none -o new.mp4": "none; expected the folder of a packed decoder",
        "anna.fif --model model -o new.mp4": "model; expected the folder of a packed decoder",
    },
    "inspect": {
        "none.h5": "none.h5; expected",
        "file": "file; expected",
        "schema.h5": "found schema_version 99",
        "channels.h5": "for 5 channels",
        "other-schema": "schema_version 1.0; found 99",
    },
    "evaluate": {
        "real.npy none.npy --sfreq 200": "none.npy; expected",
        "real.npy schema.h5 --sfreq 200": "found schema_version 99",
        "real.npy five.npy --sfreq 200": "6",
        "real.npy made.npy --sfreq 200 --out scored": "metrics.json; expected a new name",
        "real.npy made.npy --sfreq 200 --out file": "--out; expected a folder",
        "real.npy made.npy --sfreq 200 --out nowhere": "--out; expected a folder",
        "real.npy made.npy --sfreq 200 --out file/new": "file; expected a folder that can be",
        "real.npy made.npy --sfreq 200 --out /proc/new": "/proc; expected a folder that can be",
    },
    "check": {
        "none": "none; expected",
        "folder --configfile none.yaml": "none.yaml; expected a config file",
    },
    "doctor": {},  # lists what is wrong: tests/cli/test_doctor.py
    "model inspect": {
        "none": "none; expected the folder of a trained generator",
        "good.h5": "good.h5; expected the folder of a trained generator",
        "other-schema": "schema_version 1.0; found 99",
    },
    "model pack": {
        "none -o new": "none/models; expected one trained generator",
        "results --model none -o new": "expected the trained generator none; found spgn",
        "results -o model": "model; expected a new name",
        "results -o folder --overwrite": "folder; expected a new name",
        "results -o nowhere": "nowhere; expected a new name; found a link to nothing that exists",
        "results -o model/new": "outside the folder of a generator; found",
        "results -o file/new": "file; expected a folder that can be written to",
        "results -o /proc/new": "/proc; expected a folder that can be written to",
    },
    "publish": {
        "folder": "expected --dry-run: this command never uploads",
        "none --dry-run": "none; expected the folder of a release; found no such folder",
        "folder --dry-run": "found no SHA256SUMS in it; name the folder, such as results/release",
        "good.h5 --dry-run": "good.h5; expected the folder of a release; found a file",
    },
    "render": {
        "none.json new.mp4": "none.json; expected",
        "wrong.json new.mp4": "half the frame rate",
        "12Hz.json taken.mp4": "taken.mp4; expected a new name",
        "12Hz.json folder.avi": "expected a new file that ends with .mp4",
        "12Hz.json nowhere.mp4": "nowhere.mp4; expected a new name; found a link to nothing",
        "12Hz.json file/new.mp4": "file; expected a folder that can be written to",
        "12Hz.json /proc/new.mp4": "/proc; expected a folder that can be written to",
    },
    "explore": {
        "none": "none; expected",
        "file": "file; expected",
        "model --port 99999": "port; expected a free port",
    },
    "config": {"": "no Snakefile"},
}
CASES = [(name, given, words) for name, cases in BAD.items() for given, words in cases.items()]


def test_every_command_is_tried():
    assert {name.split()[0] for name in BAD} == set(COMMANDS)


@pytest.mark.parametrize(("name", "given", "words"), CASES)
def test_bad_input_is_one_line_and_leaves_everything(work, capsys, name, given, words):
    before = contents(work)
    assert main([*name.split(), *given.split()]) == 1
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("videeg: ") and words in line
    assert line.count("; ") >= 3  # what; expected; found; next step
    assert contents(work) == before


def test_generated_files_that_cannot_be_written(work, capsys, monkeypatch):
    monkeypatch.chdir(work / "repository")
    assert main(["config"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("videeg: ") and "config; expected a file or folder that can be" in line
    assert (work / "repository" / "config").read_text() == ""


GENERATE = "generate clip.mp4 --model model"
WRITING = {
    "generate": f"{GENERATE} -o {{}}.fif --draws 3",
    "generate .vhdr": f"{GENERATE} -o {{}}.vhdr --draws 2",
    "generate .zarr": f"{GENERATE} -o {{}}.zarr",
    "generate bids": f"{GENERATE} -o {{}} --draws 2",
    "adapt": "adapt model anna.fif --name anna -o {}",
    "decode": "decode person.fif --model decoder -o {}.mp4",
    "evaluate": "evaluate real.npy made.npy --sfreq 200 --out {}",
    "render": "render 12Hz.json {}.mp4",
    "model pack": "model pack results -o {}",
}
"""Commands with a place for the output."""
SLOW = ("adapt", "decode", "evaluate")
SLOW_LAST = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in WRITING]


@pytest.fixture
def written(work, request):
    """Return the arguments of a command that writes to a path."""

    def arguments(name, out):
        if name == "decode":
            request.getfixturevalue("decodable")
        return WRITING[name].format(out).split()

    return arguments


@pytest.fixture(scope="module")
def decodable(material, reconstructed):
    """Add a decoder and a recording to the material."""
    packed_decoder(reconstructed, material / "decoder")
    write_recording(material / "person.fif", 2)


@pytest.mark.parametrize("name", SLOW_LAST)
def test_output_is_replaced_on_demand_alone(written, tmp_path, name):
    arguments = written(name, tmp_path / "out")
    assert main(arguments) == 0
    first = contents(tmp_path)
    assert first
    assert main(arguments) == 1
    assert contents(tmp_path) == first
    assert main([*arguments, "--overwrite"]) == 0
    replaced = contents(tmp_path)
    assert set(replaced) == set(first)
    assert not (set(first.values()) & set(replaced.values())) - {()}


@pytest.mark.parametrize("name", SLOW_LAST)
def test_an_interrupt_leaves_nothing_half_written(written, in_process, tmp_path, name):
    (tmp_path / "whole").mkdir()
    status, took, _ = in_process(written(name, tmp_path / "whole" / "out"))
    assert status == 0
    whole = set(contents(tmp_path / "whole"))
    statuses, printed = [], ""
    for k in range(3):
        folder = tmp_path / str(k)
        folder.mkdir()
        arguments = written(name, folder / "out")
        status, _, said = in_process(arguments, interrupt_s=took * (k + 0.5) / 3)
        statuses.append(status)
        printed += said
        found = set(contents(folder))  # whole also if the interrupt came after the last rename
        assert found == whole or (status and not found)
    assert set(statuses) <= {0, 130} and 130 in statuses
    assert "interrupted; nothing was left half-written" in printed


LOADED = [
    *("generator.generator", "generator.formats", "generator.pack_run", "external_eeg.evaluation"),
    *("playback.decoding", "scoring.fidelity.c2st", "models.spgn.generator", "cli.main"),
]
"""Modules of the package that processes begin with, so that interrupts come at work."""

FOLDERS = ["generate .vhdr", "generate .zarr", "generate bids", "adapt", "model pack"]
"""Commands that replace several files, or a folder."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_an_interrupt_leaves_the_old_output_or_the_new(written, in_process, tmp_path, name):
    arguments = [*written(name, tmp_path / "out"), "--overwrite"]
    status, took, _ = in_process(arguments)
    assert status == 0
    names, statuses = set(contents(tmp_path)), []
    for k in range(4):
        before = contents(tmp_path)
        statuses.append(in_process(arguments, interrupt_s=took * (k + 0.5) / 4)[0])
        after = contents(tmp_path)
        assert set(after) == names
        kept = (set(before.values()) & set(after.values())) - {()}
        assert after == before if kept else statuses[-1] in (0, 130)
    assert set(statuses) <= {0, 130} and 130 in statuses


@pytest.mark.parametrize("name", SLOW_LAST)
def test_what_a_killed_command_leaves_is_removed_by_the_next(written, in_process, tmp_path, name):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    assert in_process(written(name, whole / "out"))[0] == 0
    arguments = written(name, killed / "out")
    assert in_process(arguments, killed=True)[0] == -signal.SIGKILL
    left = [path for path, facts in contents(killed).items() if facts]
    assert left and all(TEMPORARY in path for path in left)
    assert in_process(arguments)[0] == 0
    assert set(contents(killed)) == set(contents(whole))


@pytest.fixture(scope="module")
def in_process():
    """Run commands in processes of their own; return status, seconds and what they said.

    An interrupt at any time may leave locks taken, such as that of logging, in which others of the
    same process would wait for ever. The processes are forks of one that has imported the package.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there,), daemon=True)
    server.start()

    def run(arguments, interrupt_s=0.0, killed=False):
        here.send((Path.cwd(), arguments, interrupt_s, killed))
        return here.recv()

    yield run
    server.terminate()
    server.join()


def _serve(connection):
    for name in LOADED:
        importlib.import_module(f"videeg_pipe.{name}")
    while True:
        folder, arguments, interrupt_s, killed = connection.recv()
        process = os.fork()
        if not process:
            os.chdir(folder)
            if killed:  # before the first file gets its name
                Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            connection.send(_run(arguments, interrupt_s))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status):
            connection.send((-os.WTERMSIG(status), 0.0, ""))


def _run(arguments, interrupt_s):
    """Interrupt a command after some time, as Ctrl-C does."""
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    start, status, said = time.monotonic(), 130, io.StringIO()
    # the interrupt may come after the command has ended
    with suppress(KeyboardInterrupt), redirect_stderr(said):
        signal.setitimer(signal.ITIMER_REAL, interrupt_s)
        status = main(arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
    return status, time.monotonic() - start, said.getvalue()


@pytest.mark.parametrize(
    "made_of_it",
    [
        ValueError("could not determine the shape"),
        UserError("model.json", expected="entries", found="others", next_step="copy it again"),
    ],
)
def test_an_interrupt_that_a_library_turns_into_an_error_is_one(
    written, tmp_path, capsys, monkeypatch, made_of_it
):
    def load(folder):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise made_of_it from None

    monkeypatch.setattr("videeg_pipe.generator.pack.load_checkpoint", load)
    assert main(written("model pack", tmp_path / "out")) == 130
    assert capsys.readouterr().err == "videeg: interrupted; nothing was left half-written\n"
    assert not contents(tmp_path)
