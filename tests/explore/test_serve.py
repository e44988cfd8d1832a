"""The server as a process of its own."""

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from videeg_pipe.explore import serve
from videeg_pipe.explore.serve import HOST, explore
from videeg_pipe.runtime.errors import UserError

HEAVY = {"PIL", "av", "mne", "pandas", "pyarrow", "scipy", "torch"}
FIRST_PAGE = """
import sys
from pathlib import Path
from videeg_pipe.cli.main import main
from videeg_pipe.explore.app import make_app
from videeg_pipe.explore.contents import find_contents
from videeg_pipe.explore.model import Model
from videeg_pipe.explore.samples import Samples
contents = find_contents(Path(sys.argv[1]))
make_app(contents)
samples = Samples(contents, Model(contents.generator))
samples.setup(), samples._browser.describe(0), samples._generated(0)
print(*sys.modules)
"""
COMMAND = "import sys; from videeg_pipe.explore.serve import explore; explore(sys.argv[1], port=0)"


@pytest.mark.slow
def test_the_server_answers_on_loopback_until_it_is_interrupted(alone):
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, alone],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        address = re.match(r"http://127\.0\.0\.1:(\d+)/", line)
        with urllib.request.urlopen(address[0], timeout=30) as answer:
            assert answer.status == 200 and b"explore.js" in answer.read()
            assert "server" not in answer.headers
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address[0]}pseudonyms.csv", timeout=30)
        outside = socket.socket()
        outside.settimeout(5)
        with outside, pytest.raises(OSError):
            outside.connect(("127.0.0.2", int(address[1])))  # any other address than 127.0.0.1
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and rest == "ended\n" and errors == ""


def test_the_first_page_needs_no_slow_import(run):
    command = [sys.executable, "-c", FIRST_PAGE, run]
    imported = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert "starlette" in imported and not HEAVY.intersection(imported)


def test_without_a_port_a_free_one_is_taken(monkeypatch):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        monkeypatch.setattr(serve, "PORT", taken.getsockname()[1])
        with serve._listening(None) as listening:
            assert listening.getsockname()[0] == HOST
            assert listening.getsockname()[1] != serve.PORT
        with pytest.raises(UserError, match=f"found {serve.PORT}, address already in use"):
            serve._listening(serve.PORT)


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_must_exist(alone, port):
    with pytest.raises(
        UserError, match=f"port; expected a free port from 1 to 65535; found {port}"
    ):
        explore(alone, port=port)


def test_missing_packages_are_named(alone, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UserError, match=r"found no uvicorn; pip install '\.\[explore\]' in the "):
        explore(alone)
