"""Copies to the device of a process: none on the CPU, through pinned memory to a GPU."""

import pytest
import torch

from videeg_pipe.runtime.device import chosen_device, moved


def test_a_tensor_that_is_there_is_not_copied():
    x = torch.arange(6).expand(3, 6)
    assert moved(x, torch.device("cpu")) is x


def test_other_devices_get_a_copy():
    assert moved(torch.zeros(2, 3), torch.device("meta")).device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gets_the_same_values():
    x = torch.randn(1000, 1).expand(1000, 300)  # pinned memory cannot have this layout
    there = moved(x, chosen_device())
    assert there.device.type == "cuda"
    assert torch.equal(there.cpu(), x)
    assert moved(there, chosen_device()) is there
