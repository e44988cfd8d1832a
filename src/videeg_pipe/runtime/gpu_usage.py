"""How a job used its GPUs: memory of its process, utilisation, and the error of full memory."""

import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

_COMMAND = ("nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits")
_EVERY_S = 5
_GIB = 2**30


class _Watcher(threading.Thread):
    """Reads what nvidia-smi prints, one line per GPU and interval, until it ends."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__(daemon=True)
        self._lines, self._sum, self._n = lines, 0, 0

    def run(self) -> None:
        for line in self._lines:
            if line.strip().isdecimal():  # not "[N/A]", for a part of a GPU, or an error
                self._sum, self._n = self._sum + int(line), self._n + 1

    def mean(self) -> float | None:
        """Return the mean utilisation so far, %; None if none was measured."""
        return self._sum / self._n if self._n else None


@contextmanager
def usage_logged(gpus: Sequence[str]) -> Iterator[None]:
    """Log the use of GPUs in one line when the block ends, also by an error.

    The line has the peak memory of this process on its first GPU, and the mean utilisation of all
    where nvidia-smi measures it. There is none if the block did not use CUDA.

    Args:
        gpus: Numbers or UUIDs for nvidia-smi.
    """
    with _watched(gpus) as watcher:
        try:
            yield
        finally:
            torch: Any = sys.modules.get("torch")
            if torch is not None and torch.cuda.is_initialized():
                mean = None if watcher is None else watcher.mean()
                logger.info(
                    "%s: peak memory %.2f GiB allocated, %.2f GiB reserved%s",
                    torch.cuda.get_device_name(),
                    torch.cuda.max_memory_allocated() / _GIB,
                    torch.cuda.max_memory_reserved() / _GIB,
                    "" if mean is None else f"; mean utilisation {mean:.0f} %",
                )


@contextmanager
def _watched(gpus: Sequence[str]) -> Iterator[_Watcher | None]:
    """Measure the utilisation of GPUs during the block; yield None where that is not possible."""
    command = [*_COMMAND, "-i", ",".join(gpus), "-l", str(_EVERY_S)]
    try:
        # if this process is killed, nvidia-smi ends because nobody reads the pipe
        process = Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, text=True)
    except OSError:
        yield None
        return
    with process:
        assert process.stdout is not None
        watcher = _Watcher(process.stdout)
        watcher.start()
        try:
            yield watcher
        finally:
            process.kill()
            watcher.join()


def gpu_memory_full(error: BaseException, config: Mapping[str, Any]) -> UserError | None:
    """Return the error for a GPU whose memory is full; None for any other error.

    Args:
        error: The error that ended a job.
        config: The job's slice of the configuration; sizes of batches in it can be lowered.
    """
    torch: Any = sys.modules.get("torch")
    if torch is None or not isinstance(error, torch.cuda.OutOfMemoryError):
        return None
    said = re.sub(r"\s+", " ", str(error))
    tried = re.search(r"Tried to allocate ([\d.]+ \w+)", said)
    capacity = re.search(r"total capacity of ([\d.]+ \w+)", said)
    sizes = [f"{name} (now {value})" for name, value in _batch_sizes(config)]
    return UserError(
        torch.cuda.get_device_name() if torch.cuda.is_initialized() else "GPU",
        expected="enough memory" + (f" in {capacity[1]}" if capacity else ""),
        found="too little" + (f" to allocate {tried[1]} more" if tried else ""),
        next_step=f"lower {' or '.join(sizes)}" if sizes else "use a GPU with more memory",
    )


def _batch_sizes(config: Mapping[str, Any], parents: str = "") -> Iterator[tuple[str, int]]:
    """Yield name and value of all options `batch_size`."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _batch_sizes(value, f"{parents}{name}.")
        elif name == "batch_size":
            yield parents + name, value
