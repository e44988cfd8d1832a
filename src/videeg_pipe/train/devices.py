"""Check before the first job that a training can get its GPUs and nodes."""

import os

from videeg_pipe.config.train import TrainOptions
from videeg_pipe.runtime.errors import UserError


def check_devices(train: TrainOptions, *, gpus: int, local: bool) -> None:
    """Refuse a training that would end without its GPUs or nodes, hours after the run began.

    Args:
        train: `devices` and `nodes` are read.
        gpus: `run.gpus`.
        local: Whether jobs run on this machine, where they see all its GPUs. Jobs that are sent
            elsewhere get `gpus`, and their nodes.

    Raises:
        UserError: if there are fewer GPUs than `devices` above 1, or fewer nodes than `nodes`.
    """
    if train.devices > 1:
        found = _gpus_here() if local else gpus
        if train.devices > max(1, found):
            raise UserError(
                "train.devices",
                expected=f"at most the GPUs of {'this machine' if local else 'a job, run.gpus'}",
                found=f"{train.devices}, with {found} GPUs",
                next_step=f"set train.devices to {max(1, found)}"
                + ("" if local else f", or run.gpus to {train.devices}"),
            )
    if train.nodes > 1 and local:
        found = int(os.environ.get("SLURM_JOB_NUM_NODES", "0"))
        if train.nodes > found:
            raise UserError(
                "train.nodes",
                expected=f"a job of Slurm on {train.nodes} nodes",
                found=f"one on {found}" if found else "no job of Slurm",
                next_step="start the run with snakemake --profile slurm, or set train.nodes to 1",
            )


def _gpus_here() -> int:
    import torch  # takes seconds

    return torch.cuda.device_count()
