"""Clips for decoders, from the files of the stages."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.decoding import true_rows
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.decoders.clips import Clips, earliest_rows
from videeg_pipe.runtime.errors import UserError


def read_clips(
    table: pd.DataFrame,
    eeg: EegStore,
    pictures: PictureStore,
    *,
    made: NDArray[np.float32] | None = None,
) -> Clips:
    """Read EEG, text and latents of rows of the `clips_cut` table, in its order.

    Args:
        table: n rows.
        eeg: The recordings.
        pictures: Text and latents.
        made: Generated EEG of the rows instead, (n, C, T), microvolts.

    Raises:
        UserError: if there are no rows, or a file is missing or damaged.
    """
    if table.empty:
        raise UserError(
            "clips for a decoder",
            expected="one clip or more in the split",
            found="none",
            next_step="correct `split`, `source.subjects` or `decode.new_people`",
        )
    return Clips(
        eeg=eeg.windows(table) if made is None else made,
        subject=table["subject"].to_numpy(str),
        run_id=table["run_id"].to_numpy(str),
        concept=table["concept"].to_numpy(str),
        clip=true_rows(table, pictures).astype(np.int64),
        text=pictures.array("texts"),
        latents=pictures.array("latents"),
    )


def training_share(table: pd.DataFrame, people: list[str], share: float) -> pd.DataFrame:
    """Return the first share of each person's training clips: none of validation or test.

    Args:
        table: The `clips_cut` table.
        people: Whose clips are taken.
        share: In (0, 1].
    """
    rows = table[(table["split"] == "train") & table["subject"].isin(people)]
    if rows.empty:  # `read_clips` refuses it
        return rows
    return rows.iloc[earliest_rows(rows["subject"].to_numpy(str), share)].reset_index(drop=True)
