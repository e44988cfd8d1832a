"""Seeds that depend on what is made, not on the order or the job in which it is made."""

import hashlib


def derive_seed(run_seed: int, *names: str) -> int:
    """Seed for the thing called `names` (a window, a subject) in the run with `run_seed`.

    Returns:
        An integer in [0, 2**63), equal on every machine.
    """
    digest = hashlib.sha256("\x1f".join([str(run_seed), *names]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
