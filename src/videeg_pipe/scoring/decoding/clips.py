"""The clips that decoders reconstruct: pictures, labels, and the order in which they were shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.classifier import PictureClassifier
from videeg_pipe.scoring.decoding.features import thumbnails


@dataclass(frozen=True)
class Pictures:
    """Clips, true or reconstructed, and what networks make of their frames."""

    frames: NDArray[np.uint8]  # (n, F, H, W, 3)
    spaces: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # (n, ...) "vae", "clip"
    classes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Softmax of a pretrained classifier: "video" (n, K), "frames" (n, F, K)."""

    def take(self, rows: NDArray[Any]) -> "Pictures":
        """Return some of the clips."""
        return Pictures(
            self.frames[rows],
            {name: values[rows] for name, values in self.spaces.items()},
            {name: values[rows] for name, values in self.classes.items()},
        )


@dataclass(frozen=True)
class HeldOut:
    """Presentations of test clips to people: n rows, each to be reconstructed.

    `table` has, per presentation, `recording_id`, `subject`, `block`, `concept`, `run_id` and
    `position`. A run is a group of clips of one concept, shown one after another, and `position`
    the place in it. People who watched the same run share its `run_id`, and so do sessions.
    """

    table: pd.DataFrame  # n rows
    true: Pictures  # what was shown
    classifier: PictureClassifier

    def __post_init__(self) -> None:
        """Check runs.

        Raises:
            UserError: if a run has several concepts, or a block a single run.
        """
        runs = self.table.groupby("run_id")
        mixed = runs[["concept", "block"]].nunique().max(axis=1)
        if (mixed > 1).any():
            raise UserError(
                f"run {mixed.idxmax()}",
                expected="clips of one concept and block",
                found=f"{mixed.max()} of them",
                next_step="number runs across blocks, by concept",
            )
        per_block = self.table.groupby("block")["run_id"].nunique()
        if (per_block < 2).any():
            raise UserError(
                f"block {per_block.idxmin()}",
                expected="two or more runs of clips in each test block",
                found="one",
                next_step="hold out a block with clips of several concepts",
            )

    @cached_property
    def thumbnails(self) -> NDArray[np.float32]:
        """Thumbnails of the true clips."""
        return thumbnails(self.true.frames)

    @cached_property
    def groups(self) -> list[NDArray[np.intp]]:
        """Rows of each person, session and block: the clips among which one is to be found.

        A recording is one block of one session. Another session shows the same clips again: they do
        not compete with each other.
        """
        recordings = self.table["recording_id"].reset_index(drop=True)
        return [np.asarray(rows) for rows in recordings.groupby(recordings).indices.values()]

    def other_runs(self, n: int, seed: int) -> NDArray[np.intp]:
        """Pair each row with clips of other runs of its block, the same for all people.

        Args:
            n: Number of pairings; at most the other runs of the smallest block are used.
            seed: Seed of the choice.

        Returns:
            (n, rows) row of the other clip, at the same position in its run, or the nearest.
        """
        rng = np.random.default_rng(seed)
        clips = self.table.reset_index(drop=True).drop_duplicates(["run_id", "position"])
        rows_of = {
            run: (clip.index.to_numpy(), clip["position"].to_numpy())
            for run, clip in clips.groupby("run_id")
        }
        partners: list[dict[Any, Any]] = [{} for _ in range(n)]
        for _, block in clips.groupby("block", sort=True):
            runs = rng.permutation(sorted(block["run_id"].unique()))
            shifts = rng.permutation(np.arange(1, len(runs)))
            for place, partner in enumerate(partners):  # a shifted circle has no fixed point
                partner |= dict(zip(runs, np.roll(runs, shifts[place % len(shifts)]), strict=True))
        found = np.empty((n, len(self.table)), np.intp)
        shown = zip(self.table["run_id"], self.table["position"], strict=True)
        for row, (run, position) in enumerate(shown):
            for place, partner in enumerate(partners):
                rows, positions = rows_of[partner[run]]
                found[place, row] = rows[np.abs(positions - position).argmin()]
        return found
