"""How far a score lies between the best floor and the information that EEG contains."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import Score, unknown
from videeg_pipe.scoring.decoding.resampling import Resampling


def skill(
    score: NDArray[np.float64],
    floors: Mapping[str, NDArray[np.float64]],
    ceiling: NDArray[np.float64] | None,
    resampling: Resampling,
) -> Score:
    """Return (score - best floor) / (information ceiling - best floor), larger scores being better.

    Args:
        score: The score and its draws, (1 + B,), from `Resampling.means`.
        floors: The same of each floor, with the same draws. The largest value is the best floor.
        ceiling: The same of the information ceiling, if it is known.
        resampling: Of these draws.

    Returns:
        `which` names the best floor. Null, with a reason, where the ceiling is unknown or does not
        lie above the floor.
    """
    floors = {name: of for name, of in floors.items() if np.isfinite(of[0])}
    if ceiling is None or not np.isfinite(ceiling[0]):
        return unknown("the information ceiling is not known")
    if not floors:
        return unknown("no floor was measured")
    best = max(floors, key=lambda name: floors[name][0])
    room = ceiling - floors[best]
    lowest = resampling.interval(room).low
    if lowest is None:
        return unknown("too few runs for an interval")
    if lowest <= 0:
        return unknown(f"the information ceiling does not lie above the floor {best}")
    with np.errstate(divide="ignore", invalid="ignore"):
        return replace(resampling.interval((score - floors[best]) / room), which=best)
