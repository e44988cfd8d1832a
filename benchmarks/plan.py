"""Time and memory to plan a run, for many samples and for many recordings."""

import json
import re
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.workflow import ROOT

SAMPLES = (1_000, 10_000, 100_000, 1_000_000)
RECORDINGS = {3: (1, 3), 10: (2, 5), 100: (20, 5), 200: (40, 5), 1001: (91, 11)}
"""Number of recordings -> simulated people, and blocks of each."""

_TURNS = 3

# a small process, because a child inherits the maximum of its parent's memory
_METER = """
import json, resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def measure() -> dict[str, Any]:
    """Plan runs that have no results yet; return samples or recordings -> jobs, time and memory.

    All sizes take turns, because the speed of machines drifts; the median turn counts.
    """
    split = "split={validation: [2], test: [3]}"
    turns = [
        {
            "samples": {str(n): plan(f"release={{n_samples: {n}}}") for n in SAMPLES},
            "recordings": {
                str(n): plan(
                    f"phantom={{n_subjects: {people}, layout: {{n_blocks: {blocks}}}}}", split
                )
                for n, (people, blocks) in RECORDINGS.items()
            },
        }
        for _ in range(_TURNS)
    ]
    return {
        by: {
            n: {what: statistics.median(turn[by][n][what] for turn in turns) for what in first}
            for n, first in sizes.items()
        }
        for by, sizes in turns[0].items()
    }


def plan(*options: str) -> dict[str, Any]:
    """Plan a run with these values of `--config`; return jobs, CPU time in s and memory in MiB."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "rules", "--cores", "2"]
    results = "run={results: results-plan}"
    said = subprocess.run(
        [sys.executable, "-c", _METER, *command, "all", "--config", results, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout
    status, cpu_s, memory_mb = json.loads(said.splitlines()[-1])
    found = re.search(r"^total +(\d+)$", said, re.MULTILINE)
    if status or found is None:
        raise RuntimeError(said)
    jobs = int(found[1])
    return {"jobs": jobs, "cpu_seconds": round(cpu_s, 1), "memory_mb": round(memory_mb)}
