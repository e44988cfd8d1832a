"""Decisions on trials from those on their windows."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def trial_decisions(
    decision: NDArray[np.floating], trial_ids: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Average the decisions on the windows of each trial.

    Args:
        decision: (n, k) decisions of a decoder.
        trial_ids: (n,) trial of each window, unique over people.

    Returns:
        Trials (m,) in the order of their first windows; mean decisions, (m, k).
    """
    codes, names = pd.factorize(np.asarray(trial_ids))
    means = pd.DataFrame(np.asarray(decision, np.float64)).groupby(codes).mean()
    return np.asarray(names), means.to_numpy()
