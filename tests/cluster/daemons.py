"""A real Slurm, from Debian's packages: slurmctld, slurmd and munged of the tests.

It has no accounting. Each node is a slurmd on this machine, and claims more CPUs than the
machine has, so that jobs that ask for many run on any, and two GPUs that are no GPUs.

`python -m tests.cluster.daemons COMMAND...` starts it and runs the command. It exits with status 3
where Slurm cannot run the command on this machine.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

CANNOT_RUN = 3
CPUS, GPUS, PARTITIONS = 32, 2, ("main", "gpu")  # the first partition is the default

_PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "setpriv")
# SLURM_CONF could name another folder, but Snakemake does not pass it on to its jobs
_FOLDER = Path("/etc/slurm")
_MARK = "# Written by the tests of VidEEG-Gen, which remove it when they end.\n"
_READY_S = 60

_CONF = """\
ClusterName=tests
SlurmctldHost={host}
SlurmctldPort={controller}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# memory is watched by the second, where control groups are missing
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=1
MpiDefault=none
SelectType=select/cons_tres
AccountingStorageType=accounting_storage/none
ReturnToService=2
# start batch jobs at once: the default waits three seconds
SchedulerParameters=batch_sched_delay=0
SlurmdParameters=config_overrides
GresTypes=gpu
PartitionName=main Nodes=ALL Default=YES State=UP
PartitionName=gpu Nodes=ALL MaxTime=2-00:00:00 State=UP
"""
_NODE = (
    "NodeName={name} NodeHostname={host} Port={port} CPUs={cpus} RealMemory=64000 Gres=gpu:{gpus}\n"
)
_GRES = "NodeName={name} Name=gpu File=/dev/null\nNodeName={name} Name=gpu File=/dev/zero\n"


@dataclass
class Slurm:
    """A running Slurm."""

    slurmd: subprocess.Popen[bytes]  # of the first node
    stack: ExitStack  # of what is ended with it

    def lose_slurmd(self) -> None:
        """Kill the daemon of the first node; its jobs go on."""
        self.slurmd.kill()
        self.slurmd.wait()

    def start_slurmd(self) -> None:
        """Start it again."""
        self.slurmd = _start_node(1, self.stack)


def hindrance() -> str | None:
    """Say why no Slurm can be started here; None if it can."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"no {', '.join(missing)}: apt-get install slurm-wlm slurmctld slurmd munge"
    if os.getuid() != 0:
        return "only root can start Slurm"
    conf = _FOLDER / "slurm.conf"
    if conf.exists() and not conf.read_text().startswith(_MARK):
        return f"{conf} is of another cluster"
    return None


@contextmanager
def start_slurm(n_nodes: int = 1) -> Iterator[Slurm]:
    """Start Slurm, wait until its nodes are idle, and remove all of it afterwards.

    One at a time on a machine: others wait. The daemons also end if this process is killed.

    Args:
        n_nodes: Number of nodes: node1, node2, ...

    Yields:
        The running Slurm.
    """
    with ExitStack() as stack:
        lock = (Path(tempfile.gettempdir()) / "videeg-slurm.lock").open("w")
        fcntl.flock(stack.enter_context(lock), fcntl.LOCK_EX)
        folder = Path(tempfile.mkdtemp(prefix="videeg-slurm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        _configure(folder, n_nodes, stack)
        _munged(folder, stack)
        _start(["slurmctld", "-D"], stack)
        first, *_ = [_start_node(n + 1, stack) for n in range(n_nodes)]
        stack.callback(subprocess.run, ["scancel", "--user", "root"], capture_output=True)
        _wait(["sinfo", "--noheader", "--format=%D %T"], f"{n_nodes} idle", folder)
        yield Slurm(first, stack)


def _host() -> str:
    return socket.gethostname().split(".")[0]


def _start_node(number: int, stack: ExitStack) -> subprocess.Popen[bytes]:
    return _start(["slurmd", "-D", "-N", f"node{number}"], stack)


def _configure(folder: Path, n_nodes: int, stack: ExitStack) -> None:
    names = [f"node{n + 1}" for n in range(n_nodes)]
    controller, *ports = _free_ports(1 + n_nodes)
    for name in ("state", *(f"spool.{node}" for node in names)):
        (folder / name).mkdir()
    conf = _CONF.format(host=_host(), folder=folder, controller=controller)
    for name, port in zip(names, ports, strict=True):
        conf += _NODE.format(name=name, host=_host(), port=port, cpus=CPUS, gpus=GPUS)
    gres = "".join(_GRES.format(name=name) for name in names)
    for name, text in (("slurm.conf", conf), ("gres.conf", gres)):
        path = _FOLDER / name
        path.write_text(_MARK + text)
        stack.callback(path.unlink, missing_ok=True)


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for free in sockets:
            free.bind(("", 0))
        return [free.getsockname()[1] for free in sockets]


def _munged(folder: Path, stack: ExitStack) -> None:
    """Start munged with a key of its own, beside that of the machine, if there is one."""
    private = folder / "munge"
    private.mkdir(mode=0o700)
    (private / "key").write_bytes(os.urandom(128))
    (private / "key").chmod(0o400)
    _start(
        [
            *("munged", "--foreground", "--force", f"--socket={folder}/munge.socket"),
            *(f"--{name}-file={private}/{name}" for name in ("key", "pid", "log", "seed")),
        ],
        stack,
    )
    _wait(["munge", "--no-input", f"--socket={folder}/munge.socket"], "MUNGE:", folder)


def _start(command: list[str], stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start a daemon, which ends with this process."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    return process


def _wait(command: list[str], answer: str, folder: Path) -> None:
    """Wait until a command answers; otherwise show the ends of the logs."""
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0 and answer in done.stdout:
            return
        time.sleep(0.2)
    logs = [path.read_text()[-2000:] for path in folder.rglob("*log")]
    raise RuntimeError("\n".join([f"{command[0]}: {done.stdout}{done.stderr}", *logs]))


def try_slurm(command: list[str]) -> str | None:
    """Run a command on a Slurm; return why it cannot run on this machine, None if it did."""
    reason = hindrance()
    if reason is None:
        try:
            with start_slurm():
                status = subprocess.run(["timeout", str(_READY_S), *command]).returncode
                return None if status == 0 else f"{command[0]} ended with status {status}"
        except (RuntimeError, OSError) as error:
            reason = str(error)
    return reason


if __name__ == "__main__":
    if reason := try_slurm(sys.argv[1:]):
        print(reason, file=sys.stderr)
        sys.exit(CANNOT_RUN)
