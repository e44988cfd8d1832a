"""Coverage-guided fuzzing of the readers, with atheris: part of `make fuzz`.

`python -m tests.guided --runs 20000`; one reader: `python -m tests.guided program --runs 20000`.
Releases are left out: `test_fuzz.py` reads them in a process per input, which cannot be followed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import atheris
import numpy as np

# atheris names each module that it instruments
with redirect_stderr(StringIO()), atheris.instrument_imports(include=["videeg_pipe", "yaml"]):
    from tests import test_fuzz
    from videeg_pipe.config import load
    from videeg_pipe.contracts.tables import read_parquet
    from videeg_pipe.external_eeg.read_windows import read_windows
    from videeg_pipe.release.parts import _read_manifest
    from videeg_pipe.runtime.files import read_npy, read_record
    from videeg_pipe.runtime.option_files import read_config_file
    from videeg_pipe.sources.bids.event_table import read_events
    from videeg_pipe.sources.bids.opening import channels_table
    from videeg_pipe.sources.participants import participants_table
    from videeg_pipe.sources.tsv import read_tsv

MAX_INPUT_BYTES = 4096


def _npy() -> bytes:
    content = BytesIO()
    np.save(content, np.ones((2, 3), np.float32))
    return content.getvalue()


def _npz() -> bytes:
    content = BytesIO()
    np.savez(content, eeg=np.ones((2, 3, 8)), sfreq=200.0, channels=["Fz", "Cz", "Pz"])
    return content.getvalue()


def _parquet() -> bytes:
    content = BytesIO()
    test_fuzz.pd.DataFrame({"a": [1, 2], "b": ["x", None]}).to_parquet(content)
    return content.getvalue()


EVENTS = b"onset\tduration\ttrial_type\tstim_file\n0.5\t2\tvideo\ta.mp4\n3\tn/a\tvideo\tb.mp4\n"
PEOPLE = b"participant_id\tage\tsex\thand\nsub-1\t20\tF\tR\nsub-2\tn/a\tM\tL\n"
CHANNELS = b"name\ttype\tunits\tstatus\nFz\tEEG\tuV\tgood\nCz\tEEG\tuV\tbad\n"
OPTIONS = b"run: {seed: 1, results: out}\ntrain:\n  epochs: 3\n  losses: {spatial: 0.1}\n"

READERS: dict[str, tuple[str, list[bytes], Callable[[Path], Any]]] = {
    "npy": ("file.npy", [_npy()], lambda path: read_npy(path).sum()),
    "npz": ("file.npz", [_npz()], lambda path: read_windows(path, 1.0)),
    "table": ("file_events.tsv", [EVENTS, PEOPLE], read_tsv),
    "events": (
        "file_events.tsv",
        [EVENTS],
        lambda path: read_events(path.with_name("file_eeg.edf"), []),
    ),
    "participants": (
        "file.tsv",
        [PEOPLE],
        lambda path: participants_table(["sub-1", "sub-2"], path),
    ),
    "channels": (
        "file_channels.tsv",
        [CHANNELS],
        lambda path: channels_table(path.with_name("file_eeg.edf")),
    ),
    "record": ("file.json", [json.dumps(test_fuzz.PART).encode()], read_record),
    "manifest": ("file.json", [json.dumps(test_fuzz.PART).encode()], _read_manifest),
    "parquet": ("file.parquet", [_parquet()], read_parquet),
    "program": (
        "file.json",
        [json.dumps(program).encode() for program in test_fuzz.PROGRAMS],
        test_fuzz.draw_program,
    ),
    "options": ("file.yaml", [OPTIONS], lambda path: load(read_config_file(path))),
}
"""Name -> file name, first inputs, reader."""


def fuzz(name: str, runs: int, folder: Path) -> None:
    """Read inputs of one reader in an empty folder; end the process, with 0 if all is well.

    An input that fails is kept as `atheris-crash-*` in the working folder.
    """
    file_name, seeds, read = READERS[name]
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = (used + test_fuzz.MORE_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1])
    corpus, path = folder / "corpus", folder / "working" / "inputs" / file_name
    corpus.mkdir()
    path.parent.mkdir(parents=True)
    for number, content in enumerate(seeds):
        (corpus / str(number)).write_bytes(content)

    def one(content: bytes) -> None:
        path.write_bytes(content)
        test_fuzz.refused_or_read(read, path)

    flags = {
        "runs": runs, "max_len": MAX_INPUT_BYTES, "timeout": 60, "print_final_stats": 1,
        "rss_limit_mb": 0, "artifact_prefix": f"{Path.cwd()}/atheris-",
    }  # fmt: skip
    atheris.Setup([sys.argv[0], *(f"-{k}={v}" for k, v in flags.items()), str(corpus)], one)
    os.chdir(folder / "working")
    resource.setrlimit(resource.RLIMIT_AS, limit)
    atheris.Fuzz()


def fuzz_in_process(name: str, runs: int) -> bool:
    """Try one reader in a process of its own, and show its output if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.guided", "--runs", str(runs), name, folder],
            capture_output=True,
            text=True,
            errors="replace",
        )
    passed = done.returncode == 0 and f"executed_units: {runs}\n" in done.stderr
    print(f"{name}: {runs} inputs" if passed else f"{name}: FAILED\n{done.stderr}", flush=True)
    return passed


def main() -> int:
    """Try each reader, or one in a given folder; return 1 if one failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("reader", nargs="?", choices=READERS)
    parser.add_argument("folder", nargs="?", type=Path)
    arguments = parser.parse_args()
    if arguments.folder:
        fuzz(arguments.reader, arguments.runs, arguments.folder)
    names = [arguments.reader] if arguments.reader else READERS
    passed = [fuzz_in_process(name, arguments.runs) for name in names]
    return not all(passed)


if __name__ == "__main__":
    sys.exit(main())
