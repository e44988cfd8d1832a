"""Seeds that depend on the name of a result, not on the order or job that computes it."""

import hashlib


def derive_seed(run_seed: int, *names: str) -> int:
    """Derive the seed of a named thing, such as a window or a subject, from the seed of the run.

    Returns:
        An integer in [0, 2**63), equal on every machine.
    """
    digest = hashlib.sha256("\x1f".join([str(run_seed), *names]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
