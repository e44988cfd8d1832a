"""What every workflow script does around its one call: a log, and errors in one line."""

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
    """Log to the file `log`; end with status 1 and one clear line where the user can help it.

    Anything else that goes wrong is a defect of ours: its traceback goes to the log file too, and
    on to the caller.
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
        to_terminal.setLevel(logging.CRITICAL)  # the caller's traceback is on the terminal already
        logger.exception("unexpected error")
        raise
