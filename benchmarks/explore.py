"""Time until `videeg explore` shows its page, for small and large releases.

python -m benchmarks explore
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cost import rounded
from benchmarks.reader import write_samples
from benchmarks.timing import seconds

SAMPLES = (1_000, 100_000)
_N_VALUES = 4  # per electrode; the page reads one sample, so their number hardly matters
_TIMEOUT_S = 60


def measure(samples: Sequence[int] = SAMPLES) -> dict[str, dict[str, float]]:
    """Load releases of 62 electrodes as a browser does, each from a server of its own.

    Returns:
        Samples to seconds: `start` is from the command to its address, with Python's imports and
        the reading of the labels; `page` is what a browser loads first, with the first sample's
        EEG; `search` is a filter with a text.
    """
    with tempfile.TemporaryDirectory() as folder:
        return {str(n): rounded(_measure(Path(folder, f"{n}.h5"), n)) for n in samples}


def _measure(path: Path, n: int) -> dict[str, float]:
    write_samples(path, np.ones((n, 62, _N_VALUES), np.float32))
    began = time.perf_counter()
    command = [sys.executable, "-m", "videeg_pipe.cli.main", "explore", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.match(r"http://\S+/", server.stdout.readline())
            start = time.perf_counter() - began
            if found is None:
                raise RuntimeError("videeg explore printed no address")
            address = found[0]
            page = seconds(lambda: _load(address))
            text = "/api/samples?subject=sub2&text=concept+7"
            search = seconds(lambda: _get(address, text))
        finally:
            server.terminate()
    return {"start": start, "page": page, "search": search}


def _load(address: str) -> None:
    """Load what a browser does until the first sample is drawn."""
    page = _get(address, "/").decode()
    for part in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        _get(address, part)
    _get(address, "/api/setup")
    listed: dict[str, Any] = json.loads(_get(address, "/api/samples"))
    first = listed["samples"][0]["row"]
    _get(address, f"/api/samples/{first}/eeg/generated")


def _get(address: str, part: str) -> bytes:
    url = address.rstrip("/") + part
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content
