"""One writer per result: a lock file held by the living process."""

import errno
import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; the system releases it when the process ends, even if killed.

    On a file system without locks, log a warning and go on.

    Raises:
        UserError: if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UserError(
                str(path),
                expected="no other process that writes these results",
                found=f"{file.read().strip() or 'one'}, which is still running",
                next_step="wait until it ends, or end it, then run again",
            ) from None
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            logger.warning("%s: the file system has no locks; run one workflow at a time", path)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield


def is_held(path: Path) -> bool:
    """Return whether a living process holds a lock file; False where there are no locks."""
    try:
        with path.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
