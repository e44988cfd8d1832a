"""The table of released samples and their labels."""

from pathlib import Path

import pandas as pd

from videeg_pipe.contracts.tables import EMOTIONS, read_table
from videeg_pipe.runtime.errors import UserError, make_again

PROBABILITIES = tuple(f"p_{name}" for name in EMOTIONS)


def sample_table(windows: Path, clips: Path, emotions: Path) -> pd.DataFrame:
    """Read the labels of the released samples.

    Args:
        windows: `windows` table; its released rows, in order, are the samples.
        clips: `clips` table, for the concepts' groups.
        emotions: `emotions` table, one row per clip.

    Returns:
        n rows: the window's columns, with its id as `sample_id`, and `concept_group`, `emotion`,
        `emotion_origin`, `p_negative`, `p_neutral`, `p_positive`. Missing text is empty, missing
        probabilities are NaN.

    Raises:
        UserError: if no window is released, or a clip has no row in one of the tables.
    """
    table = read_table(windows, "windows")
    table = table[table["released"]].drop(columns=["released", "emotion"]).reset_index(drop=True)
    if table.empty:
        raise UserError(
            str(windows),
            expected="windows to release",
            found="none",
            next_step="raise release.n_samples and run the workflow again",
        )
    groups = read_table(clips, "clips")[["clip_id", "concept_group"]]
    labels = read_table(emotions, "emotions").rename(columns={"origin": "emotion_origin"})
    for path, known in ((clips, groups), (emotions, labels)):
        unknown = table.loc[~table["clip_id"].isin(known["clip_id"]), "clip_id"]
        if len(unknown):
            raise UserError(
                str(path),
                expected="a row for every released clip",
                found=f"none for {unknown.iloc[0]}",
                next_step=make_again(str(path)),
            )
        table = table.merge(known, on="clip_id", how="left")
    text = ["concept_group", "emotion"]
    table[text] = table[text].fillna("").astype(str)
    return table.rename(columns={"window_id": "sample_id"})
