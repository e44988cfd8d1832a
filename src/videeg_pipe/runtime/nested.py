"""The workflow inside a job of itself, with another seed and another folder of results."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path

_STEPS = re.compile(r"\d+ of \d+ steps \(\d+%\) done")
_ERROR = "ERROR: "


def run_nested(
    command: Sequence[str],
    *,
    config: Mapping[str, Mapping[str, Any]],
    seed: int,
    cores: int,
    results: Path,
    log: Path,
    metrics: Path,
) -> None:
    """Run the workflow to its end and copy its scores.

    Results that are up to date stay as they are, also after a run that failed. The folder can be
    used further: `snakemake --configfile <results>/config.yaml` continues the same run.

    Args:
        command: Snakemake with the Snakefile.
        config: Sections of the configuration.
        seed: Value of `run.seed`.
        cores: Cores of the run.
        results: Value of `run.results`; `config.yaml` in it gets the whole configuration.
        log: The output of the run is appended to it.
        metrics: Output, a copy of metrics.json.

    Raises:
        UserError: if the source is not simulated, so that a seed makes no other data; if the run
            fails, with the first of its errors.
    """
    source = config["source"]["kind"]
    if source != "phantom":
        raise UserError(
            "source.kind",
            expected="phantom: a seed changes only simulated data",
            found=str(source),
            next_step="run this target without the configuration of other data",
        )
    run = {**config["run"], "seed": seed, "results": str(results)}
    file = results / "config.yaml"
    with atomic_path(file) as temporary:
        temporary.write_text(yaml.safe_dump({**config, "run": run}, sort_keys=False), "utf-8")
    arguments = ["--cores", str(cores), "--configfile", str(file), "--", "all"]
    # a cluster profile of the outer run would send the jobs of this one to the queue again
    environment = {k: v for k, v in os.environ.items() if k != "SNAKEMAKE_PROFILE"}
    errors: list[str] = []
    with (
        log.open("a", encoding="utf-8") as written,
        subprocess.Popen(
            [*command, *arguments], env=environment, text=True, encoding="utf-8",
            errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            written.write(line)
            if _STEPS.match(line):
                print(f"seed {seed}: {line}", end="", file=sys.stderr, flush=True)
            if line.startswith(_ERROR):
                errors.append(line.removeprefix(_ERROR).strip())
    if process.returncode:
        raise UserError(
            f"the run with seed {seed}",
            expected="a complete one",
            found=errors[0] if errors else f"exit status {process.returncode}",
            next_step=f"see {log}, then run the same command again",
        )
    with atomic_path(metrics) as temporary:
        shutil.copyfile(results / "evaluation" / str(run["model"]) / "metrics.json", temporary)
