"""Runs that are killed at random times and resumed, whose releases must not differ: `make soak`."""

import argparse
import json
import os
import random
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.workflow.clone import make_clone, tiny, write_config
from tests.workflow.interrupted import finish, job_process, kill_run, leftovers, release_of, start

FROM = {
    "acquire": ["."],
    "train": ["models", "samples", "release"],
    "sample": ["samples", "release"],
    "release": ["release"],
}
"""Stage that a run begins with, and the results that are removed for it."""

VICTIMS = ("all", "Snakemake", "job")
_STEPS = re.compile(r"^(\d+) of (\d+) steps", re.MULTILINE)
_COMMANDS = 8
"""Most commands per run; a job that outlives its Snakemake may refuse the first ones."""
_MANY = 50
"""Runs of which one at least must have resumed a training."""


def soak(clone: Path, runs: int, seed: int) -> list[dict[str, object]]:
    """Kill and resume runs; return one record per run.

    Args:
        clone: A clone with a finished release of `tiny.yaml`.
        runs: Number of runs.
        seed: Seed of the random choices.
    """
    rng, expected, records = random.Random(seed), release_of(clone / "results"), []
    for number in range(runs):
        stage, kills = rng.choice(list(FROM)), rng.randint(1, 3)
        victims: list[str] = []
        while not victims:  # a run may end before it is killed
            for name in FROM[stage]:
                shutil.rmtree(clone / "results" / name)
            victims = [killed for _ in range(kills) if (killed := _killed_run(clone, rng))]
        commands, status = 0, 1
        while status and commands < _COMMANDS:
            time.sleep(2 * commands)
            status, said = finish(clone)
            commands += 1
        log = clone / "results" / "logs" / "train_spgn.log"
        trained = stage in ("acquire", "train") and log.is_file()
        records.append(
            {
                "run": number,
                "from": stage,
                "killed": victims,
                "training_resumed": trained and "resuming after epoch" in log.read_text(),
                "commands": commands,
                "completed": status == 0,
                "same": status == 0 and release_of(clone / "results") == expected,
                "leftovers": [str(path) for path in leftovers(clone / "results")],
            }
        )
        print(json.dumps(records[-1]), flush=True)
        if status:
            print(said[-3000:], flush=True)
            return records
    return records


def _killed_run(clone: Path, rng: random.Random) -> str | None:
    """Start a run and kill it after a random share of its jobs; return whom the kill hit."""
    victim, share, delay_s = rng.choice(VICTIMS), rng.random(), rng.uniform(0, 8)
    running, log = start(clone), clone / "run.log"
    while running.poll() is None:
        steps = _STEPS.findall(log.read_text())
        if steps and int(steps[-1][0]) >= share * int(steps[-1][1]) - 1:
            break
        if not steps and share < 0.4:
            delay_s *= 5  # the first job, such as a training, takes longest
            break
        time.sleep(0.05)
    time.sleep(delay_s)
    if running.poll() is not None:
        return None
    if victim == "all":
        kill_run(running)
    elif victim == "Snakemake":
        running.kill()
        running.wait()
    else:
        locks = (clone / "results" / "logs").rglob("*.lock")
        jobs = filter(None, (job_process(clone, lock.stem) for lock in locks))
        with suppress(ProcessLookupError):
            os.kill(next((job for job in jobs if _lives(job)), running.pid), signal.SIGKILL)
        running.wait()
    return victim


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def main() -> int:
    """Make a clone with a finished run, and soak it; return status 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.workflow.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="number of runs, %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random choices")
    parser.add_argument("--clone", type=Path, help="clone with a finished run; default: a new one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="videeg-soak-") as folder:
        clone = options.clone
        if clone is None:
            clone = make_clone(Path(folder))
            # long enough that some kills hit a training with a stored epoch
            write_config(clone / "tiny.yaml", **tiny(train={"epochs": 40}))
            status, said = finish(clone)
            assert status == 0, said
        records = soak(clone, options.runs, options.seed)
    good = [record["same"] and not record["leftovers"] for record in records]
    victims = Counter(victim for record in records for victim in record["killed"])
    print(f"{len(records)} runs, {victims.total()} kills ({dict(victims)})")
    resumed = sum(bool(record["training_resumed"]) for record in records)
    print(f"{resumed} resumed a training after a stored epoch")
    print(f"{sum(map(bool, good))} ended in the same release, without leftovers")
    unresumed = len(records) >= _MANY and not resumed
    return int(not all(good) or len(records) < options.runs or unresumed)


if __name__ == "__main__":
    raise SystemExit(main())
