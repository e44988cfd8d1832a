"""The frame of every workflow script: a log file, and one-line errors."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger("videeg_pipe")


@contextmanager
def job(log: str) -> Iterator[None]:
    """Log to the file `log`; on a UserError, print its line and exit with status 1.

    Any other exception is a defect of this package: it is logged with its traceback and raised.
    """
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_terminal], force=True)
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    try:
        yield
    except UserError as error:
        logger.error("%s", error)
        sys.exit(1)
    except Exception:
        to_terminal.setLevel(logging.CRITICAL)  # the terminal shows the traceback of the caller
        logger.exception("unexpected error")
        raise
