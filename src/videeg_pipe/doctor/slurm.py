"""The Slurm cluster of this machine, if there is one."""

import getpass
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.errors import listed

_PLUGIN = "snakemake-executor-plugin-slurm"
_PROFILE = Path("slurm", "config.yaml")
_TIMEOUT_S = 20
_MIN_JOB_AGE_S = 200  # as slurm/config.yaml says


def check_slurm(*, details: bool) -> Iterator[Finding]:
    """Check whether jobs can be sent to Slurm.

    Args:
        details: Whether Slurm is needed, so that its absence is `missing`; partitions, GPUs,
            accounts and accounting are listed, and the profile's requests are tried.
    """
    if shutil.which("sbatch") is None:
        found = "no sbatch: jobs run on this machine"
        command = "module load slurm  # or log in to a machine with sbatch"
        yield Finding("Slurm", "missing" if details else "ok", found, command if details else "")
        return
    rows = _answer("sinfo", "--noheader", "--format=%P|%a|%l|%D|%G")
    if rows is None:
        found = "sbatch is there, but sinfo gets no answer from the controller"
        yield Finding("Slurm", "missing" if details else "note", found, "scontrol ping")
        return
    partitions = [row.split("|") for row in rows]
    accounts = _accounts() if _answer("sacct", "--noheader") is not None else None
    yield _overview(partitions, accounts)
    if details:
        yield from map(_partition, partitions)
        yield _gpus(partitions)
        yield _accounting(accounts)
        yield from map(_tried, _requests())
        yield _plugin()


def _overview(partitions: list[list[str]], accounts: list[str] | None) -> Finding:
    default = [name.rstrip("*") for name, *_ in partitions if name.endswith("*")]
    parts = (
        f"partition {default[0]}" if default else "no default partition",
        f"account {accounts[0]}" if accounts else "no account",
        f"accounting {'off' if accounts is None else 'on'}",
    )
    if default or not partitions:
        return Finding("Slurm", "ok", ", ".join(parts))
    first = f"s/# slurm_partition: normal/slurm_partition: {partitions[0][0]}/"
    return Finding("Slurm", "note", ", ".join(parts), f"sed -i '{first}' slurm/config.yaml")


def _partition(fields: list[str]) -> Finding:
    name, available, limit, nodes, gres = fields
    gpus = ", ".join(re.findall(r"gpu[^,(]*", gres)) or "none"
    found = f"{available}, nodes: {nodes}, time limit {limit}, GPUs per node: {gpus}"
    return Finding(f"partition {name}", "ok" if available == "up" else "note", found)


def _gpus(partitions: list[list[str]]) -> Finding:
    names = [name.rstrip("*") for name, *_, gres in partitions if "gpu" in gres]
    if names:
        return Finding("GPUs", "ok", f"in {listed(names)}")
    command = "snakemake --profile slurm all --config 'run={gpus: 0}'"
    return Finding("GPUs", "note", "no partition has any: compute on CPUs", command)


def _accounting(accounts: list[str] | None) -> Finding:
    """Say which accounts there are; without accounting, whether ended jobs are seen."""
    if accounts is not None:
        return Finding("accounts", "ok", ", ".join(accounts) or "none of yours")
    config = "\n".join(_answer("scontrol", "show", "config") or ())
    age = re.search(r"MinJobAge\s*=\s*(\d+)", config)
    seconds = int(age[1]) if age else 0
    found = f"off: ended jobs are seen in squeue for {seconds} s"
    if seconds >= _MIN_JOB_AGE_S:
        return Finding("accounting", "ok", found)
    command = f"MinJobAge={_MIN_JOB_AGE_S}  # a line of slurm.conf, for the cluster's administrator"
    return Finding("accounting", "missing", f"{found}, not {_MIN_JOB_AGE_S} s", command)


def _accounts() -> list[str]:
    """Return the accounts of this user, the default first."""
    user = f"user={getpass.getuser()}"
    options = ("--noheader", "--parsable2")
    default = _answer("sacctmgr", "show", "user", *options, user, "format=defaultaccount") or []
    all_of = _answer("sacctmgr", "show", "assoc", *options, user, "format=account") or []
    return list(dict.fromkeys(filter(None, [*default, *all_of])))


def _requests() -> list[dict[str, Any]]:
    """Return the different requests of the profile: partition, account, GPUs, memory and time."""
    if not _PROFILE.is_file():
        return []
    profile = yaml.safe_load(_PROFILE.read_text(encoding="utf-8"))
    default = profile.get("default-resources") or {}
    asked = ("slurm_partition", "slurm_account", "gpu_model")
    own = [
        {name: value for name, value in rule.items() if name in asked}
        for rule in (profile.get("set-resources") or {}).values()
    ]
    requests = [default, *(default | rule for rule in own)]
    return [request for n, request in enumerate(requests) if request not in requests[:n]]


def _tried(request: dict[str, Any]) -> Finding:
    """Ask Slurm, without running anything, whether it takes such a job."""
    command = ["sbatch", "--test-only", "--ntasks=1", "--wrap=true"]
    name = ["jobs of the profile"]
    for resource, option, words in (
        ("slurm_partition", "--partition={}", "partition {}"),
        ("slurm_account", "--account={}", "account {}"),
        ("gpu_model", "--gpus={}:1", "GPU {}"),
        ("mem_mb", "--mem={}", ""),
        ("runtime", "--time={}", ""),
    ):
        if resource in request:
            command.append(option.format(request[resource]))
            name.append(words.format(request[resource]))
    title = ", ".join(filter(None, name))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return Finding(title, "missing", f"no answer in {_TIMEOUT_S} s", "scontrol ping")
    if done.returncode == 0:
        return Finding(title, "ok", "Slurm takes them")
    said = done.stderr.strip().splitlines() or ["no reason given"]
    correct = f"sinfo; sacctmgr show assoc user=$USER  # then correct {_PROFILE}"
    return Finding(title, "missing", said[-1], correct)


def _plugin() -> Finding:
    try:
        return Finding("Snakemake for Slurm", "ok", f"{_PLUGIN} {metadata.version(_PLUGIN)}")
    except metadata.PackageNotFoundError:
        install = f"{sys.executable} -m pip install {_PLUGIN}"
        return Finding("Snakemake for Slurm", "missing", f"{_PLUGIN} is not installed", install)


def _answer(*command: str) -> list[str] | None:
    """Return the lines that a command prints; None if it fails, or does not end in time."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None
