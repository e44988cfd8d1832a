"""How long the threads of a library wait for each other before they sleep."""

import os

# GNU OpenMP counts turns, LLVM's and Intel's milliseconds
_LIMITS = {"GOMP_SPINCOUNT": "2000", "KMP_BLOCKTIME": "1"}


def limit_spinning() -> None:
    """Let waiting threads spin for a tenth of a millisecond, then sleep; results do not change.

    By default they spin for tens of milliseconds, which makes a job 20 times slower beside another
    process; sleeping at once makes it slower alone. The environment's own values stay. It must be
    called before torch is imported.
    """
    for name, value in _LIMITS.items():
        os.environ.setdefault(name, value)
