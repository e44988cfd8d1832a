"""The processes of a training: one per device, on one node or on several of a Slurm job."""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment

from videeg_pipe.config.train import TrainOptions
from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

STARTED = "VIDEEG_STARTED_BY_FIRST"
"""Environment variable of processes that the first one started: their accelerator."""

_READ_BY_FABRIC = ("LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "MASTER_ADDR", "MASTER_PORT")
_END_S = 60  # after the first process, in which the others can end by themselves
_NOTICE_S = 10  # in which this process can notice the loss of another by itself
_LOST = "remote worker"  # in PyTorch's message about a lost process
_ending = threading.Event()


def launch(settings: TrainOptions) -> Fabric:
    """Start the processes of a training and connect them.

    The first process starts one on each further node, and each of these one per further device. All
    run the same program. Variables of a scheduler or launcher around the first process
    (SLURM_NTASKS, WORLD_SIZE and others) are not read: they describe another set of processes.

    Args:
        settings: `nodes` and `devices`; without GPUs, one process per node trains on the CPU.

    Raises:
        UserError: if this node has fewer GPUs than `devices` above 1, or none where the first node
            has; if the Slurm job has fewer nodes than `nodes`.
    """
    found = torch.cuda.device_count()
    accelerator = os.environ.get(STARTED, "cuda" if found else "cpu")
    if accelerator == "cuda" and found == 0:
        node = socket.gethostname()
        raise UserError(
            "train.nodes",
            expected=f"a GPU on {node}, as on the first node",
            found="none that PyTorch can use",
            next_step=f"check nvidia-smi on {node}, or train on the CPU with run.gpus 0",
        )
    if settings.devices > max(1, found):
        raise UserError(
            "train.devices",
            expected=f"at most {max(1, found)} on {socket.gethostname()}",
            found=f"{settings.devices}, with {found} GPUs that PyTorch can use",
            next_step="set train.devices and run.gpus to the number of GPUs, or train.devices to 1 "
            "to train on the CPU",
        )
    return connect(accelerator, settings.devices, settings.nodes)


def connect(accelerator: str, devices: int, nodes: int = 1) -> Fabric:
    """Start `devices` processes on each of `nodes` nodes and connect them; see `launch`."""
    first = STARTED not in os.environ
    if first:
        for name in _READ_BY_FABRIC:
            os.environ.pop(name, None)
        if nodes > 1:
            start_on(_other_nodes(nodes), accelerator, devices)
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        num_nodes=nodes,
        # in each phase, the weights of the other have no gradient
        strategy="ddp_find_unused_parameters_true" if devices * nodes > 1 else "auto",
        plugins=LightningEnvironment(),
    )
    os.environ[STARTED] = accelerator
    try:
        fabric.launch()
    finally:
        if first:
            del os.environ[STARTED]
    return fabric


@contextmanager
def connected() -> Iterator[None]:
    """Turn the loss of another process into an error after which another attempt may succeed.

    Raises:
        UserError: if the connection to another process breaks.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.distributed.DistNetworkError) and _LOST not in str(error):
            raise
        raise UserError(
            "train",
            expected="all processes of the training until its end",
            found=f"one was lost: {str(error).splitlines()[0]}",
            next_step="give the same command again: the training resumes",
            passing=True,
        ) from None


def _other_nodes(nodes: int) -> list[str]:
    """Return the names of `nodes - 1` nodes of this Slurm job, without this one."""
    job, own = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURMD_NODENAME")
    names: list[str] = []
    if job is not None:
        listed = _output("squeue", "--noheader", f"--jobs={job}", "--format=%N")
        names = _output("scontrol", "show", "hostnames", listed).split()
    if len(names) < nodes or own not in names:
        found = f"one on {len(names)}" if names else "no job of Slurm"
        raise UserError(
            "train.nodes",
            expected=f"a job of Slurm on {nodes} nodes",
            found=found if own in names or not names else f"{found}, started on none of them",
            next_step="start the run with snakemake --profile slurm, or set train.nodes to 1",
        )
    return [name for name in names if name != own][: nodes - 1]


def start_on(nodes: list[str], accelerator: str, devices: int) -> None:
    """Start this program on each of the nodes, as a step of this Slurm job.

    Args:
        nodes: Their names.
        accelerator: `cuda` or `cpu`.
        devices: GPUs of each node.
    """
    with socket.socket() as free:
        free.bind(("", 0))
        os.environ["MASTER_PORT"] = str(free.getsockname()[1])
    os.environ["MASTER_ADDR"] = socket.gethostname()
    # srun reads the other SLURM_* variables, of the step around this process, as its options
    kept = ("SLURM_JOB_ID", "SLURM_CONF")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in kept or not name.startswith("SLURM_")
    }
    step = ["srun", "--overlap", "--nodes=1", "--ntasks=1"]
    if accelerator == "cuda" and "CUDA_VISIBLE_DEVICES" in os.environ:  # Slurm gave the job GPUs
        # without it, the step asks one node for the GPUs of all
        step.append(f"--gpus-per-node={devices}")
    processes = []
    for rank, node in enumerate(nodes, start=1):
        process = subprocess.Popen(
            [*step, f"--nodelist={node}", sys.executable, *sys.orig_argv[1:]],
            env=inherited | {STARTED: accelerator, "NODE_RANK": str(rank)},
            stdin=subprocess.DEVNULL,
        )
        processes.append(process)
        threading.Thread(target=_watch, args=(process, node), daemon=True).start()
    atexit.register(_end, processes)


def _watch(process: subprocess.Popen[bytes], node: str) -> None:
    """End this process if that of another node fails: it would wait for it for half an hour."""
    status = process.wait()
    if status != 0 and not _ending.wait(_NOTICE_S):
        logger.info("the training on %s ended with status %d", node, status)
        os.kill(os.getpid(), signal.SIGTERM)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait for the processes of other nodes, and end those that take long."""
    _ending.set()
    end = time.monotonic() + _END_S
    for process in processes:
        try:
            process.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.terminate()


def _output(*command: str) -> str:
    """Return the output of a command of Slurm.

    Raises:
        UserError: if it fails, as while Slurm's controller restarts; another attempt may succeed.
    """
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise UserError(
            command[0],
            expected="the nodes of this Slurm job",
            found=done.stderr.strip().replace("\n", "; ") or f"status {done.returncode}",
            next_step="give the same command again; videeg doctor --slurm says whether Slurm "
            "answers",
            passing=True,
        )
    return done.stdout.strip()
