"""The processes of a training: one per device, on one machine or on several of a Slurm job."""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment

from videeg_pipe.config.train import TrainOptions
from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

_JOINED = "VIDEEG_JOINED"  # environment variable of processes that the first one started
_READ_BY_FABRIC = ("LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "MASTER_ADDR", "MASTER_PORT")
_END_S = 60  # after the first process, in which the others can end by themselves


def launch(settings: TrainOptions) -> Fabric:
    """Start the processes of a training and connect them.

    The first process starts one on each further machine, and each of these one per further device.
    All run the same program. Variables of a scheduler or launcher around the first process
    (SLURM_NTASKS, WORLD_SIZE and others) are not read: they describe another set of processes.

    Args:
        settings: `nodes` and `devices`; without GPUs, one process per machine trains on the CPU.

    Raises:
        UserError: if this machine has fewer GPUs than `devices` above 1, or the Slurm job fewer
            machines than `nodes`.
    """
    found = torch.cuda.device_count()
    if settings.devices > max(1, found):
        raise UserError(
            "train.devices",
            expected=f"at most {max(1, found)} on this machine",
            found=f"{settings.devices}, with {found} GPUs that PyTorch can use",
            next_step="set train.devices to the number of GPUs, or 1 to train on the CPU",
        )
    return connect("cuda" if found else "cpu", settings.devices, settings.nodes)


def connect(accelerator: str, devices: int, nodes: int = 1) -> Fabric:
    """Start `devices` processes on each of `nodes` machines and connect them; see `launch`."""
    if _JOINED not in os.environ:
        for name in _READ_BY_FABRIC:
            os.environ.pop(name, None)
        if nodes > 1:
            _start_on(_further_machines(nodes))
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        num_nodes=nodes,
        # in each phase, the weights of the other have no gradient
        strategy="ddp_find_unused_parameters_true" if devices * nodes > 1 else "auto",
        plugins=LightningEnvironment(),
    )
    first = _JOINED not in os.environ
    os.environ[_JOINED] = "true"
    try:
        fabric.launch()
    finally:
        if first:
            del os.environ[_JOINED]
    return fabric


def _further_machines(nodes: int) -> list[str]:
    """Return the names of `nodes - 1` machines of this Slurm job, without this one."""
    job, own = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURMD_NODENAME")
    names: list[str] = []
    if job is not None and own is not None:
        listed = _said("squeue", "--noheader", f"--jobs={job}", "--format=%N")
        names = _said("scontrol", "show", "hostnames", listed).split()
    if len(names) < nodes or own not in names:
        raise UserError(
            "train.nodes",
            expected=f"a job of Slurm on {nodes} machines",
            found=f"one on {len(names)}" if names else "no job of Slurm",
            next_step="start the run with snakemake --profile slurm, or set train.nodes to 1",
        )
    return [name for name in names if name != own][: nodes - 1]


def _start_on(machines: list[str]) -> None:
    """Start this program on each of the machines, as a step of this Slurm job."""
    with socket.socket() as free:
        free.bind(("", 0))
        os.environ["MASTER_PORT"] = str(free.getsockname()[1])
    os.environ["MASTER_ADDR"] = socket.gethostname()
    # srun would take the other variables, of the step around this process, for its own options
    kept = ("SLURM_JOB_ID", "SLURM_CONF")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in kept or not name.startswith("SLURM_")
    }
    for rank, machine in enumerate(machines, start=1):
        step = ["srun", "--overlap", "--nodes=1", "--ntasks=1", f"--nodelist={machine}"]
        process = subprocess.Popen(
            [*step, sys.executable, *sys.orig_argv[1:]],
            env=inherited | {_JOINED: "true", "NODE_RANK": str(rank)},
            stdin=subprocess.DEVNULL,
        )
        atexit.register(_end, process)
        threading.Thread(target=_watch, args=(process, machine), daemon=True).start()


def _watch(process: subprocess.Popen[bytes], machine: str) -> None:
    """End this process if that of another machine fails: it would wait for it for half an hour."""
    status = process.wait()
    if status != 0:
        logger.info("the training on %s ended with status %d", machine, status)
        os.kill(os.getpid(), signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.terminate()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()
