"""The device that a process computes on."""

import torch


def chosen_device() -> torch.device:
    """Return the first visible GPU, or the CPU where there is none.

    A job sees only the GPUs that it asked for (runtime/gpus.py).
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
