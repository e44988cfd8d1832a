"""GPUs and nodes of a training, before the first job."""

import pytest
import torch

from videeg_pipe.config.train import TrainOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.train.devices import check_devices

HERE = torch.cuda.device_count()


@pytest.mark.parametrize(
    ("options", "gpus", "local"),
    [
        ({}, 0, True),
        ({}, 0, False),
        ({"devices": max(1, HERE)}, 0, True),
        ({"devices": 4, "nodes": 2}, 4, False),
        ({"nodes": 2}, 0, False),  # on CPUs
        ({"nodes": 2}, 0, True),
    ],
)
def test_what_a_training_can_get_is_accepted(monkeypatch, options, gpus, local):
    monkeypatch.setenv("SLURM_JOB_NUM_NODES", "2")
    check_devices(TrainOptions(**options), gpus=gpus, local=local)


@pytest.mark.parametrize(
    ("options", "gpus", "local", "found"),
    [
        ({"devices": 4}, 1, False, r"devices; .*run\.gpus; found 4, with 1 GPUs; .*run\.gpus to 4"),
        ({"devices": 2}, 0, False, r"devices; .*run\.gpus; found 2, with 0 GPUs"),
        ({"devices": HERE + 2}, 0, True, f"devices; .*this machine; found .*, with {HERE} GPUs"),
        ({"nodes": 3}, 0, True, "nodes; expected a job of Slurm on 3 nodes; found one on 2"),
    ],
)
def test_what_it_cannot_get_is_refused(monkeypatch, options, gpus, local, found):
    monkeypatch.setenv("SLURM_JOB_NUM_NODES", "2")
    with pytest.raises(UserError, match=rf"^train\.{found}"):
        check_devices(TrainOptions(**options), gpus=gpus, local=local)


def test_several_nodes_need_slurm(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_NUM_NODES", raising=False)
    with pytest.raises(UserError, match=r"found no job of Slurm; .*--profile slurm"):
        check_devices(TrainOptions(nodes=2), gpus=0, local=True)
