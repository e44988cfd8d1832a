"""A run needs no network, and shows its secrets to nobody: files, output, process titles."""

import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from tests.workflow.clone import make_clone, tiny, write_config

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
