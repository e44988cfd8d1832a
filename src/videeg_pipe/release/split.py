"""`dataset_split.json`, the frozen splits, and `manifest.parquet`, the origin of each sample."""

from typing import Any

import pandas as pd

from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.release.generator_record import GeneratorRecord
from videeg_pipe.release.samples import PROBABILITIES

MANIFEST_COLUMNS = (
    "sample_id", "row", "subject", "block", "split", "concept", "concept_id",
    "concept_group", "emotion", "emotion_origin", *PROBABILITIES, "video_id", "video_time_s",
    "seed", "sha256", "model", "config_sha256", "checkpoint_sha256", "code_version",
)  # fmt: skip


def split_record(table: pd.DataFrame) -> dict[str, Any]:
    """Collect the frozen splits.

    Args:
        table: The samples, from `sample_table`.

    Returns:
        The rule in words, the properties that no two splits share, and the samples per split.
    """
    properties = disjoint(table)
    return {
        "rule": split_rule(properties),
        "disjoint": properties,
        "splits": {split: _one_split(table[table["split"] == split]) for split in SPLITS},
    }


def disjoint(table: pd.DataFrame) -> dict[str, bool]:
    """Check whether the splits are disjoint by subject, block, video and stretch of video."""
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


def split_rule(properties: dict[str, bool], block: str = "block") -> str:
    """Describe how the samples were split, from the result of `disjoint`.

    Args:
        properties: What the splits do not share.
        block: The source's word for a block.
    """
    kept = [block if name == "block" else name for name in ("block", "subject") if properties[name]]
    by = f"by {' and '.join(kept)}" if kept else "by whole clips"
    return f"{by}, never at random over windows"


def manifest_table(
    table: pd.DataFrame, sha256: list[str], generator: GeneratorRecord
) -> pd.DataFrame:
    """Make the manifest: labels, seed, checksum and generator, one row per sample.

    Args:
        table: n samples, from `sample_table`.
        sha256: Checksums of their float32 EEG in C order, (n,).
        generator: The generator's record.
    """
    manifest = table.assign(row=range(len(table)), sha256=sha256, **generator.provenance)
    return manifest[list(MANIFEST_COLUMNS)]


def _one_split(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "n": len(rows),
        "subjects": sorted(rows["subject"].unique().tolist()),
        "blocks": sorted(rows["block"].unique().tolist()),
        "sample_ids": rows["sample_id"].tolist(),
    }
