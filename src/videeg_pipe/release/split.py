"""`dataset_split.json` and `manifest.parquet`: which sample is where, and where it comes from."""

from typing import Any

import pandas as pd

from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.release.model import Generator
from videeg_pipe.release.samples import PROBABILITIES

MANIFEST_COLUMNS = (
    "sample_id", "row", "subject", "block", "split", "concept", "concept_id",
    "concept_group", "emotion", "emotion_origin", *PROBABILITIES, "video_id", "video_time_s",
    "seed", "sha256", "model", "config_sha256", "checkpoint_sha256", "code_version",
)  # fmt: skip


def split_record(table: pd.DataFrame) -> dict[str, Any]:
    """Make the frozen splits.

    Args:
        table: The samples, from `sample_table`.

    Returns:
        The rule in words, what no two splits share, and for each split its samples.
    """
    shared_by_none = disjoint(table)
    return {
        "rule": split_rule(shared_by_none),
        "disjoint": shared_by_none,
        "splits": {split: _one_split(table[table["split"] == split]) for split in SPLITS},
    }


def disjoint(table: pd.DataFrame) -> dict[str, bool]:
    """Whether no two splits share a subject, a block, a video, or a stretch of a video."""
    stretch = table["video_id"] + " " + table["video_time_s"].astype(str)
    columns = {
        "subject": table["subject"],
        "block": table["block"],
        "video": table["video_id"],
        "stretch_of_video": stretch,
    }
    return {
        name: bool(table["split"].groupby(values).nunique().eq(1).all())
        for name, values in columns.items()
    }


def split_rule(shared_by_none: dict[str, bool]) -> str:
    """Say in words how the samples were split."""
    kept = [name for name in ("block", "subject") if shared_by_none[name]]
    by = f"by {' and '.join(kept)}" if kept else "by whole clips"
    return f"{by}, never at random over windows"


def manifest_table(table: pd.DataFrame, sha256: list[str], generator: Generator) -> pd.DataFrame:
    """One row a sample: what it is, its seed, the checksum of its EEG and what generated it.

    Args:
        table: n samples, from `sample_table`.
        sha256: Checksums of their float32 EEG in C order, (n,).
        generator: What generated them.
    """
    made = table.assign(row=range(len(table)), sha256=sha256, **generator.provenance)
    return made[list(MANIFEST_COLUMNS)]


def _one_split(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "n": len(rows),
        "subjects": sorted(rows["subject"].unique().tolist()),
        "blocks": sorted(rows["block"].unique().tolist()),
        "sample_ids": rows["sample_id"].tolist(),
    }
