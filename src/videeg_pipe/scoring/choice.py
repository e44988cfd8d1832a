"""Which windows are scored: spread over people and clips, and a limited number."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.stats import bootstrap_units

MOST_WINDOWS = 4000
"""Windows of a split that are scored at most; they take up to 12 GB."""


def choose_windows(windows: pd.DataFrame, max_windows: int, seed: int) -> NDArray[np.intp]:
    """Choose some windows.

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
    """Return at most `MOST_WINDOWS` rows of the `windows` table, whole clips, in its order.

    Clips are chosen for all people who saw them, with all their windows, as intervals, onsets and
    partners need; clips of released windows first.
    """
    if len(windows) <= MOST_WINDOWS:
        return windows
    clip = bootstrap_units(windows)
    table = pd.DataFrame({"released": windows["released"].to_numpy(), "clip": clip.to_numpy()})
    clips = table.groupby("clip")["released"].agg(["any", "size"])
    clips["order"] = [derive_seed(0, "windows", str(name)) for name in clips.index]
    clips = clips.sort_values(["any", "order"], ascending=[False, True])
    kept = clips.index[clips["size"].cumsum() <= MOST_WINDOWS]
    return windows[clip.isin(kept).to_numpy()].reset_index(drop=True)
