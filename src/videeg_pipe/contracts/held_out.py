"""What the test split of a data set shares with the training, and what else could be held out."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from videeg_pipe.contracts.tables import read_table

_N_SPLITS = 3


@dataclass(frozen=True)
class HeldOut:
    """Videos and people of the test split, those of them in the training, and possible splits."""

    videos: int
    trained_videos: int
    people: int
    trained_people: int
    n_training_people: int  # all people of the training
    units: tuple[str, ...]  # values of `split.by`: somebody has enough of them for all splits

    @property
    def text(self) -> str:
        """One sentence about what the splits share."""
        return (
            f"Also in the training: {self.trained_videos} of its {_count(self.videos, 'video')} "
            f"and {self.trained_people} of its {_count(self.people, 'person', 'people')}."
        )


def read_held_out(windows: Path, recordings: Path, left_out: Collection[str] = ()) -> HeldOut:
    """Read the tables `windows` and `recordings`; see `held_out`.

    Raises:
        UserError: if a table is missing or damaged.
    """
    return held_out(read_table(windows, "windows"), read_table(recordings, "recordings"), left_out)


def held_out(
    windows: pd.DataFrame, recordings: pd.DataFrame, left_out: Collection[str] = ()
) -> HeldOut:
    """Compare the test split with the training.

    Args:
        windows: `windows` table.
        recordings: `recordings` table.
        left_out: People whose windows the training leaves out (`train.leave_out`).
    """
    train, test = (windows[windows["split"] == name] for name in ("train", "test"))
    train = train[~train["subject"].isin(left_out)]
    videos, people = (set(test[column]) for column in ("video_id", "subject"))
    used = recordings[recordings["recording_id"].isin(windows["recording_id"])]
    most = used.groupby("subject")[["session", "block"]].nunique().max()
    return HeldOut(
        videos=len(videos),
        trained_videos=len(videos & set(train["video_id"])),
        people=len(people),
        trained_people=len(people & set(train["subject"])),
        n_training_people=train["subject"].nunique(),
        units=tuple(
            unit
            for unit, column in (("session", "session"), ("run", "block"))
            if most[column] >= _N_SPLITS
        ),
    )


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
