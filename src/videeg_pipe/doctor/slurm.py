"""The Slurm cluster of this machine, if there is one."""

import getpass
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.errors import listed

_PLUGIN = "snakemake-executor-plugin-slurm"
_PROFILE = Path("slurm", "config.yaml")
_TIMEOUT_S = 20
_MIN_JOB_AGE_S = 200  # as slurm/config.yaml says
_PLAN = ("snakemake", "--profile", "slurm", "--dry-run", "--forceall", "all")
_PLAN_S = 300
_JOB = re.compile(r"^ *rule (\w+):$", re.MULTILINE)
_LINE = re.compile(r"^ +(\w+): (.*)$", re.MULTILINE)
_SIZES = ("mem_mb", "runtime")
_OPTIONS = (
    ("slurm_partition", "--partition={}"),
    ("slurm_account", "--account={}"),
    ("qos", "--qos={}"),
    ("constraint", "--constraint={}"),
    ("nodes", "--nodes={}"),
    ("cpus_per_task", "--cpus-per-task={}"),
    ("mem_mb", "--mem={}"),
    ("runtime", "--time={}"),
)
_ASKED = (*(name for name, _ in _OPTIONS), "tasks", "gpu", "gpu_model", "slurm_extra")
"""Resources that Snakemake's plugin turns into options of sbatch."""


def check_slurm(*, details: bool, configfiles: Sequence[Path] = ()) -> Iterator[Finding]:
    """Check whether jobs can be sent to Slurm.

    Args:
        details: Whether Slurm is needed, so that its absence is `missing`; partitions, GPUs,
            accounts and accounting are listed, and the largest requests of the run's jobs are
            tried: a dry run of the workflow in this folder lists them.
        configfiles: Config files of that run, which change what its jobs ask for.
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
        yield from _tried(configfiles, partitions)
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


def _tried(configfiles: Sequence[Path], partitions: list[list[str]]) -> Iterator[Finding]:
    """Ask Slurm, without running anything, whether it takes the largest jobs of the run."""
    if not (_PROFILE.is_file() and Path("Snakefile").is_file()):
        return
    options = ["--configfile", *map(str, configfiles)] if configfiles else []
    plan = [*_PLAN, *options]
    try:
        done = _run([sys.executable, "-m", *plan], _PLAN_S)
    except subprocess.TimeoutExpired:
        yield Finding("jobs", "missing", f"no plan in {_PLAN_S} s", shlex.join(plan))
        return
    said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
    if done.returncode != 0:
        errors = [line for line in said if "error" in line.lower()]
        correct = f"{shlex.join(plan)}  # then correct {_PROFILE} or the options"
        yield Finding("jobs", "missing", f"no plan: {[*said, *errors][-1].strip()}", correct)
        return
    limits = {name.rstrip("*"): limit for name, _, limit, *_ in partitions}
    default = next((name[:-1] for name, *_ in partitions if name.endswith("*")), "")
    for rule, request in _largest(_requests(done.stdout + done.stderr)):
        limit = limits.get(request.get("slurm_partition", default), "")
        yield _request(rule, request, limit)


def _minutes(limit: str) -> float:
    """Return a time limit of sinfo, such as 2-00:00:00 or 30:00; infinity if it is not a time."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit)
    days, hours, minutes, _ = (int(part or 0) for part in found.groups()) if found else (0,) * 4
    return (days * 24 + hours) * 60 + minutes if found else float("inf")


def _requests(plan: str) -> list[tuple[str, dict[str, str]]]:
    """Return rule and resources of the jobs in the output of a dry run."""
    blocks = _JOB.split(plan)
    found = []
    for rule, block in zip(blocks[1::2], blocks[2::2], strict=True):
        lines = dict(_LINE.findall(block.split("\n\n")[0]))
        if "output" in lines:  # others, such as `all`, are not sent
            pairs = (pair.partition("=") for pair in lines.get("resources", "").split(", "))
            found.append((rule, {name: value for name, _, value in pairs if name in _ASKED}))
    return found


def _largest(
    requests: list[tuple[str, dict[str, str]]],
) -> list[tuple[str, dict[str, str]]]:
    """Return the requests that no other covers: the same, with at least its memory and time."""

    def covers(one: dict[str, str], other: dict[str, str]) -> bool:
        sizes = ({name: int(job.get(name, 0)) for name in _SIZES} for job in (one, other))
        larger, smaller = sizes
        same = all(one.get(name) == other.get(name) for name in _ASKED if name not in _SIZES)
        return same and all(larger[name] >= smaller[name] for name in _SIZES)

    kept: list[tuple[str, dict[str, str]]] = []
    for rule, request in requests:
        if not any(covers(one, request) for _, one in kept):
            kept = [(name, one) for name, one in kept if not covers(request, one)]
            kept.append((rule, request))
    return kept


def _request(rule: str, request: dict[str, str], limit: str) -> Finding:
    """Ask Slurm for one job as the plugin of Snakemake does; `limit` is that of its partition."""
    command = ["sbatch", "--test-only", "--wrap=true", f"--ntasks={request.get('tasks', 1)}"]
    command += [option.format(request[name]) for name, option in _OPTIONS if name in request]
    gpus, model = request.get("gpu", "0"), request.get("gpu_model")
    if gpus != "0":
        command.append(f"--gpus={model}:{gpus}" if model else f"--gpus={gpus}")
    command += shlex.split(request.get("slurm_extra", ""))
    title = f"jobs of {rule}"
    asked = ", ".join(f"{name} {request[name]}" for name in _ASKED if request.get(name, "0") != "0")
    if int(request.get("runtime", 0)) > _minutes(limit):  # Slurm would let it wait for ever
        found = f"above the time limit of the partition, {limit} ({asked})"
        shorter = f"snakemake --profile slurm all --set-resources {rule}:runtime={_minutes(limit)}"
        return Finding(title, "missing", found, shorter)
    try:
        done = _run(command, _TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return Finding(title, "missing", f"no answer in {_TIMEOUT_S} s", "scontrol ping")
    if done.returncode == 0:
        return Finding(title, "ok", f"Slurm takes them ({asked})")
    said = done.stderr.strip().splitlines() or ["no reason given"]
    correct = f"sinfo; sacctmgr show assoc user=$USER  # then correct {_PROFILE}"
    return Finding(title, "missing", f"{said[-1]} ({asked})", correct)


def _plugin() -> Finding:
    try:
        return Finding("Snakemake for Slurm", "ok", f"{_PLUGIN} {metadata.version(_PLUGIN)}")
    except metadata.PackageNotFoundError:
        install = f"{sys.executable} -m pip install {_PLUGIN}"
        return Finding("Snakemake for Slurm", "missing", f"{_PLUGIN} is not installed", install)


def _answer(*command: str) -> list[str] | None:
    """Return the lines that a command prints; None if it fails, or does not end in time."""
    try:
        done = _run(command, _TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None


def _run(command: Sequence[str], timeout_s: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=timeout_s
    )
