"""Draw the windows to release, in strata over subject and concept within each split."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.tables import SPLITS, read_table, write_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed

K = TypeVar("K", bound=Hashable)


def select_windows(*, cut: Path, config: ReleaseOptions, seed: int, out: Path) -> None:
    """Write the `windows` table: `cut` with the columns `released` and `seed`.

    Args:
        cut: The `cut` table.
        config: How many windows to release and the shares of the splits.
        seed: Seed of the run.
        out: Path of the table.

    Raises:
        UserError: if a split has fewer windows than requested.
    """
    windows = read_table(cut, "cut")
    counts = split_counts(config.n_samples, config.fractions)
    available = windows["split"].value_counts()
    if any(count > available.get(name, 0) for name, count in counts.items()):
        raise UserError(
            "release.n_samples",
            expected="at most "
            + ", ".join(f"{available.get(name, 0)} {name}" for name in SPLITS)
            + " windows",
            found=f"{config.n_samples}, which needs "
            + ", ".join(f"{count} {name}" for name, count in counts.items()),
            next_step="lower release.n_samples, change release.fractions, or move blocks or "
            "subjects between the splits",
        )
    chosen = {
        window_id
        for name, count in counts.items()
        for window_id in draw(windows[windows["split"] == name], count, seed)
    }
    seeds = [derive_seed(seed, window_id) for window_id in windows["window_id"]]
    released = windows["window_id"].isin(chosen)
    write_table(out, "windows", windows.assign(released=released, seed=seeds))


def split_counts(n_samples: int, fractions: tuple[float, float, float]) -> dict[str, int]:
    """Return the number of windows to release per split: 1007 gives 704, 151 and 152."""
    train, validation = (math.floor(n_samples * share + 1e-9) for share in fractions[:2])
    return dict(zip(SPLITS, (train, validation, n_samples - train - validation), strict=True))


def draw(windows: pd.DataFrame, count: int, seed: int) -> list[str]:
    """Draw `count` windows of one split in proportion to subjects, and within them to concepts.

    The result depends on the windows' ids and the seed, not on the order of the rows.

    Args:
        windows: Rows of the `cut` table.
        count: Number of windows, at most that of the rows.
        seed: Seed of the run.

    Returns:
        Their window_ids.
    """

    def lot(*names: object) -> int:
        return derive_seed(seed, "release", *map(str, names))

    chosen: list[str] = []
    drawn: Counter[int] = Counter()  # per concept, over subjects
    of_subject = _groups(windows, "subject")
    for subject, share in sorted(apportion(count, _sizes(of_subject), lot).items()):
        of_concept = _groups(of_subject[subject], "concept_id")
        # where remainders tie, concepts drawn least so far come first
        lots = {concept: (drawn[concept], lot(subject, concept)) for concept in of_concept}
        shares = apportion(share, _sizes(of_concept), lots.__getitem__)
        drawn.update(shares)
        for concept, n in shares.items():
            chosen += sorted(of_concept[concept]["window_id"], key=lot)[:n]
    return chosen


def _groups(windows: pd.DataFrame, column: str) -> dict[Any, pd.DataFrame]:
    return dict(list(windows.groupby(column)))


def _sizes(groups: dict[Any, pd.DataFrame]) -> dict[Any, int]:
    return {key: len(rows) for key, rows in groups.items()}


def apportion(count: int, sizes: Mapping[K, int], tie_break: Callable[[K], Any]) -> dict[K, int]:
    """Divide `count` in proportion to `sizes` by largest remainder (Hamilton's method).

    Args:
        count: At most the sum of `sizes`.
        sizes: Largest share of each.
        tie_break: Among equal remainders, the smallest value comes first.

    Returns:
        Shares that add up to `count`, each within one of its exact proportion.
    """
    total = sum(sizes.values())
    shares = {key: count * size // total for key, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda key: (-(count * sizes[key] % total), tie_break(key)))
    for key in by_remainder[: count - sum(shares.values())]:
        shares[key] += 1
    return shares
