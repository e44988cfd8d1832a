"""Networks that torch.compile translates, in place: weights and checkpoints keep their names."""

import os
import shutil
import sys

from torch import nn

from videeg_pipe.models.base import EegGenerator
from videeg_pipe.runtime.errors import UserError


def compile_network(generator: EegGenerator, option: str) -> None:
    """Let torch.compile translate the network of a generator, when it is first called.

    Args:
        generator: The generator; floors have no network and stay as they are. Copies of it are not
            compiled.
        option: Name of the option that asks for it.

    Raises:
        UserError: without a C++ compiler, which torch.compile needs.
    """
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    if shutil.which(compiler) is None:
        raise UserError(
            option,
            expected=f"the C++ compiler {compiler}, which torch.compile needs",
            found="none",
            next_step=f"install it, set CXX to another one, or set {option} to false",
        )
    network = getattr(generator, "network", None)
    if isinstance(network, nn.Module):
        network.compile(dynamic=False)  # batches have few different sizes
