"""The device that a process computes on."""

import torch
from torch import Tensor


def chosen_device() -> torch.device:
    """Return the first visible GPU, or the CPU where there is none.

    A job sees only the GPUs that it asked for (runtime/gpus.py).
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on a device.

    The copy to a GPU goes through pinned memory, so that this process does not wait for it.
    """
    if device.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.contiguous().pin_memory().to(device, non_blocking=True)
