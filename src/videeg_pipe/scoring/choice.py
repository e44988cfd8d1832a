"""Which windows are scored: spread over people and clips, and not more than memory holds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed

MOST_WINDOWS = 4000
"""Windows of a split that are read at most."""


def choose_windows(windows: pd.DataFrame, max_windows: int, seed: int) -> NDArray[np.intp]:
    """Choose windows to estimate the conditional mean on.

    Subjects contribute about equally, spread over their clips. The choice depends on the window
    ids and the seed only.

    Returns:
        Rows of `windows`, ascending, at most `max_windows`.
    """
    order = windows.reset_index(drop=True)[["window_id", "clip_id", "subject"]].copy()
    order["hash"] = [derive_seed(seed, "evaluation", name) for name in order["window_id"]]
    order = order.sort_values("hash")
    order["round"] = order.groupby("clip_id").cumcount()
    order = order.sort_values(["round", "hash"])
    order["turn"] = order.groupby("subject").cumcount()
    order = order.sort_values(["turn", "round", "hash"])
    return np.sort(order.index.to_numpy()[:max_windows])


def most_windows(windows: pd.DataFrame) -> pd.DataFrame:
    """Return at most `MOST_WINDOWS` rows of the `windows` table, released ones first."""
    if len(windows) <= MOST_WINDOWS:
        return windows
    released = windows["released"].to_numpy()
    kept: list[int] = []
    for part in (np.flatnonzero(released), np.flatnonzero(~released)):
        rows = choose_windows(windows.iloc[part], MOST_WINDOWS - len(kept), seed=0)
        kept += part[rows].tolist()
    return windows.iloc[np.sort(kept)].reset_index(drop=True)
