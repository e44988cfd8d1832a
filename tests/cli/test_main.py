"""`videeg`: light start-up, readable help, usage errors in one line."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tests.terminal import on_terminal
from videeg_pipe import __version__
from videeg_pipe.cli import evaluate, inspect
from videeg_pipe.cli.main import main
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.explore import contents

COMMANDS = (
    "generate",
    "adapt",
    "decode",
    "explore",
    "inspect",
    "evaluate",
    "check",
    "doctor",
    "model",
    "publish",
    "render",
    "config",
)
WITH_EXAMPLES = [
    *((name,) for name in COMMANDS if name != "model"),
    ("model", "inspect"),
    ("model", "pack"),
]
VIDEEG = (sys.executable, "-m", "videeg_pipe.cli.main")


def run(*arguments, **environment):
    """Run `videeg` as a process of its own, in a pipe."""
    return subprocess.run(
        [*VIDEEG, *arguments], capture_output=True, text=True, env=os.environ | environment
    )


def words(text):
    """Return the words of a text, without styles and frames."""
    return re.sub("[│╭╮╰╯─]", " ", re.sub(r"\x1b\[[0-9;]*m", "", text)).split()


def test_help_imports_no_heavy_library():
    script = (
        "import sys\nfrom videeg_pipe.cli.main import main\nmain(['--help'])\n"
        "print(sorted({'torch', 'mne', 'scipy', 'h5py', 'numpy', 'pydantic', 'pandas'} "
        "& set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
    assert all(name in done.stdout for name in (*COMMANDS, "info"))


def test_videeg_alone_prints_its_help(capsys):
    assert main([]) == 0
    alone = capsys.readouterr().out
    assert main(["--help"]) == main(["-h"]) == 0
    assert capsys.readouterr().out == 2 * alone
    assert "Example: videeg generate clip.mp4 -o clip_eeg.fif" in alone


@pytest.mark.parametrize("name", WITH_EXAMPLES, ids=" ".join)
def test_each_command_has_an_example_that_it_can_parse(capsys, name):
    assert main([*name, "--help"]) == 0
    (example,) = re.findall(r"Example: videeg (.*)", " ".join(capsys.readouterr().out.split()))
    assert tuple(example.split()[: len(name)]) == name
    assert main([*example.split(), "--nonsense"]) == 2
    assert "No such option: --nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("model",), *WITH_EXAMPLES], ids=" ".join)
def test_help_in_a_pipe_is_plain_and_complete(arguments):
    wide, narrow = (run(*arguments, "--help", COLUMNS=n).stdout for n in ("200", "50"))
    assert "".join(words(wide)) == "".join(words(narrow))  # long words break at hyphens
    assert wide != narrow
    for text in (wide, narrow):
        assert "\x1b" not in text and "…" not in text and "│" not in text
        assert not re.search(r"\w\.\.\.$", text, re.MULTILINE)
    assert max(map(len, narrow.splitlines())) <= 80


def test_help_on_a_terminal_is_styled_where_it_fits():
    for name in ("generate", "evaluate"):
        plain = words(run(name, "--help").stdout)
        styled, narrow = (on_terminal(n, *VIDEEG, name, "--help") for n in (80, 60))
        assert "\x1b[" in styled and "│" in styled and "…" not in styled
        assert "\x1b[" not in narrow and "".join(words(narrow)) == "".join(plain)
        options = {word for word in plain if re.fullmatch("--[a-z-]+", word)}
        assert len(options) > 5 and options <= set(words(styled))


def test_model_alone_prints_its_help(capsys):
    assert main(["model"]) == 0
    assert "pack" in capsys.readouterr().out


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"videeg-pipe {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "videeg: No such command 'nonsense'; see videeg --help"),
        (("generat",), "videeg: No such command 'generat'. Did you mean 'generate'"),
        (("inspect",), "videeg inspect: Missing argument 'PATH'; see videeg inspect --help"),
        (("inspect", "a", "b"), "videeg inspect: Got unexpected extra argument"),
        (("generate", "a.mp4"), "Missing option"),
        (("generate", "a.mp4", "-o", "a.fif", "--draws", "two"), "'--draws': Input should be a"),
        (("evaluate", "a", "b", "--split", "all"), "'--split'"),
        (("evaluate", "a", "b", "--protocol", "x"), "'--protocol'"),
        (("render", "a.json", "a.mp4", "--fast"), "videeg render: No such option: --fast"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_a_hint(capsys, arguments, message):
    assert main(list(arguments)) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert message in line and line.endswith("--help")
    assert printed.out == ""


def test_the_splits_are_those_of_releases():
    options = get_type_hints(evaluate.run)["split"]
    assert get_args(get_args(options)[0]) == SPLITS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_output_that_cannot_be_written_is_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*VIDEEG, "--help"], stdout=full, stderr=-1, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "found no space left on device; free some space" in done.stderr


def test_output_that_nobody_reads():
    whole = [*VIDEEG, "--help"]
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *whole], stderr=-1, text=True)
    assert (closed.returncode, closed.stderr) == (0, "")
    with subprocess.Popen(whole, stdout=-1, stderr=-1) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_names_that_the_terminal_cannot_show(tmp_path):
    (tmp_path / "日.json").write_text(
        '{"kind": "flicker", "frame_rate": 60, "duration_s": 0.5, "frequency": 12}'
    )
    arguments = ("render", str(tmp_path / "日.json"), str(tmp_path / "日.mp4"))
    done = run(*arguments, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u65e5.mp4: 30 frames" in done.stdout


def test_lack_of_memory_is_one_line(monkeypatch, capsys, tmp_path):
    def fail(_):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(inspect, "generator_summary", fail)
    monkeypatch.setattr(contents, "find_contents", lambda _: contents.Contents())
    assert main(["inspect", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "videeg: memory; expected enough for the result; found Unable to allocate 9 TiB; "
        "ask for a shorter or smaller one\n"
    )
