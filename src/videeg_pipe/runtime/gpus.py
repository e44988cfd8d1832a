"""The GPUs of a job: as many as it asked for, and no other job's."""

import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.lock import only_writer

logger = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Environment variable with the GPUs that CUDA shows to a process and to those that it starts."""

LOCKS = Path(tempfile.gettempdir(), f"videeg-gpus-{os.getuid()}")
"""Folder of this machine with a lock file per claimed GPU."""

_ORDER = "CUDA_DEVICE_ORDER"
_RETRY_S = 1.0


@contextmanager
def visible_gpus(n: int) -> Iterator[list[str]]:
    """Make `n` GPUs visible to CUDA, which must not have begun in this process.

    Those that a scheduler assigned by CUDA_VISIBLE_DEVICES are used. Where more are visible, free
    ones are claimed; see `claimed`. With `n` 0, none is visible: the job computes on the CPU.

    Yields:
        Their numbers or UUIDs, as nvidia-smi reads them.

    Raises:
        UserError: if fewer than `n` are visible.
    """
    before = os.environ.get(VISIBLE)
    with ExitStack() as stack:
        chosen: list[str] = []
        if n:
            found = _count(n)
            if before is None:
                os.environ.setdefault(_ORDER, "PCI_BUS_ID")  # of nvidia-smi; not fastest first
                names = [str(number) for number in range(found)]
            else:
                names = [name.strip() for name in before.split(",")][:found]
            assigned = before is not None and len(names) == n
            chosen = names if assigned else stack.enter_context(claimed(n, names, LOCKS))
        os.environ[VISIBLE] = ",".join(chosen)
        try:
            yield chosen
        finally:
            del os.environ[VISIBLE]
            if before is not None:
                os.environ[VISIBLE] = before


@contextmanager
def claimed(n: int, names: Sequence[str], folder: Path) -> Iterator[list[str]]:
    """Claim GPUs that no other process has claimed; wait until enough are free.

    The system releases them when the process ends, even if it is killed.

    Args:
        n: Number to claim.
        names: GPUs to choose from, `n` or more.
        folder: Folder of the lock files.

    Yields:
        The names of the claimed ones.
    """
    with ExitStack() as held:
        own = _try(n, names, folder, held)
        if len(own) < n:
            logger.info("waiting for %d free of the GPUs %s", n, ", ".join(names))
        while len(own) < n:
            held.close()  # another process may wait for the same ones, but not at the same times
            time.sleep(_RETRY_S * (1 + os.getpid() % 10 / 10))
            own = _try(n, names, folder, held)
        logger.info("GPU %s", ", ".join(own))
        yield own


def _try(n: int, names: Sequence[str], folder: Path, held: ExitStack) -> list[str]:
    """Lock up to `n` free GPUs, whose locks go to `held`; return their names."""
    own: list[str] = []
    for name in names:
        with suppress(UserError):  # another process has claimed it
            held.enter_context(only_writer(folder / f"{name}.lock"))
            own.append(name)
        if len(own) == n:
            break
    return own


def _count(n: int) -> int:
    """Return the number of GPUs of this machine.

    Raises:
        UserError: if there are fewer than `n`.
    """
    import torch  # takes seconds

    found = torch.cuda.device_count()
    if found < n:
        raise UserError(
            "run.gpus",
            expected=f"{n} GPUs that PyTorch can use",
            found=str(found),
            next_step="check nvidia-smi and CUDA_VISIBLE_DEVICES, or compute on the CPU with "
            "--config 'run={gpus: 0}'",
        )
    return found
