"""A run needs no network, and shows its secrets to nobody: files, output, process titles."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from threading import Thread

import pytest

from tests.workflow.clone import make_clone, run_snakemake, tiny, write_config
from videeg_pipe.doctor.last_run import check_last_run

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

CANARY = f"canary{token_hex(8)}"  # in no file of the repository
LINK = f"https://me:{CANARY}@example.org/share/sub1.npy?token={CANARY}"
SECRETS = ("HF_TOKEN", "VIDEEG_USERNAME", "VIDEEG_PASSWORD", "AWS_SECRET_ACCESS_KEY")
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")


def test_a_run_without_network_keeps_its_secrets(tiny_run, tmp_path):
    if subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True).returncode:
        pytest.skip("needs the right to make a network of its own")
    clone, sections = make_clone(tmp_path / "clone"), tiny()
    data = shutil.copytree(tiny_run / "results" / "phantom", tmp_path / "data")  # as SEED-DV's
    sections["seed_dv"] = {
        "layout": sections.pop("phantom")["layout"],
        "videos": sorted(path.name for path in (data / "Video").glob("*.mp4")),
    }
    source = {"kind": "seed-dv", "path": str(data), "urls": {"EEG/sub1.npy": LINK}}
    config = write_config(tmp_path / "secret.yaml", source=source, **sections)
    snakemake = (sys.executable, "-m", "snakemake", "all", "--cores", "2")
    titles: set[str] = set()
    with (tmp_path / "printed").open("w") as printed:
        running = subprocess.Popen(
            [*WITHOUT_NETWORK, *snakemake, "--configfile", str(config)],
            cwd=clone,
            env=os.environ | dict.fromkeys(SECRETS, CANARY) | {"PYTHONPATH": str(clone / "src")},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        while running.poll() is None:
            titles |= set(process_titles())
            time.sleep(0.2)
    said = (tmp_path / "printed").read_text()
    assert running.returncode == 0, said
    assert (clone / "results" / "release" / "videeg-gen.h5").is_file()
    assert any("/scripts/" in title for title in titles)  # those of jobs were seen
    assert not [title for title in titles if shows(title.encode())]
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != config]
    assert [path for path in files if shows(path.read_bytes())] == []


class Refusing(BaseHTTPRequestHandler):
    """Has no file."""

    def do_GET(self):
        self.send_error(404)


@pytest.fixture
def refusing() -> Iterator[str]:
    """A link with credentials, to a server that refuses all."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://me:{CANARY}@127.0.0.1:{server.server_port}/sub1.npy?token={CANARY}"
        server.shutdown()


def test_a_link_on_the_command_line_is_in_no_file(tmp_path, refusing):
    clone, data = make_clone(tmp_path / "clone"), tmp_path / "data"
    urls = {f"EEG/sub{n}.npy": refusing for n in (1, 2)}
    urls |= {f"Video/{n}_10min.mp4": refusing for n in ("1st", "2nd")}
    source = f"source={json.dumps({'kind': 'seed-dv', 'path': str(data), 'urls': urls})}"
    run = run_snakemake(clone, f"{data}/EEG/sub1.npy", "--config", source)
    assert run.returncode == 1
    assert "found HTTP status 404" in run.stdout  # the download was tried
    assert not shows(run.stdout.encode())
    (finding,) = [one for one in check_last_run(clone / "results") if one.name == "next run"]
    assert "http://127.0.0.1:" in finding.next_step
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".snakemake.log") for path in files)
    assert [path for path in files if shows(path.read_bytes())] == []


def process_titles() -> Iterator[str]:
    """Yield the command lines of all processes."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue


def shows(content: bytes) -> bool:
    """Return whether a content has the secret, as it is or in base64."""
    secret = CANARY.encode()
    # whatever is before it, one of three shifts encodes its inner bytes like this
    encoded = (base64.b64encode(secret[shift:])[:-4] for shift in range(3))
    return secret in content or any(one in content for one in encoded)
