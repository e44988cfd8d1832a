"""The Slurm cluster of this machine, if there is one."""

import getpass
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from videeg_pipe.doctor.finding import Finding

_PLUGIN = "snakemake-executor-plugin-slurm"
_TIMEOUT_S = 20
_MIN_JOB_AGE_S = 200  # as slurm/config.yaml says


def check_slurm(*, details: bool) -> Iterator[Finding]:
    """Check whether jobs can be sent to Slurm.

    Args:
        details: Whether Slurm is needed, so that its absence is `missing`; partitions, GPUs,
            accounts and accounting are listed.
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
        yield _accounting(accounts)
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
