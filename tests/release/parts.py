"""Fake outputs of stages `train`, `sample` and `embed`, and the inputs of a release."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import zarr

from tests.builders import SFREQ
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array, write_json

CHECKPOINT = "c" * 64
NAMES = (
    "videeg-gen.h5",
    "dataset_split.json",
    "manifest.parquet",
    "croissant.json",
    "README.md",
    "LICENSE",
    "SHA256SUMS",
)
OUTPUTS = ("h5", "split", "manifest", "croissant", "card", "licence", "sums")
AUDIT = {"privacy": {"guarantee": "no formal guarantee"}}


def write_generated(
    results: Path, channels: tuple[str, ...], *, part_size: int = 20, seed: int = 0
) -> np.ndarray:
    """Write model.json, the CLIP's record and parts of random samples for the released windows.

    Returns:
        The samples, (n, C, T), microvolts; the first consists of zeros.
    """
    windows = pd.read_parquet(results / "windows.parquet")
    released = windows[windows["released"]].reset_index(drop=True)
    shape = (len(channels), int(released["n_samples"].iloc[0]))
    rng = np.random.default_rng(seed)
    eeg = rng.normal(0, 10, (len(released), *shape)).astype(np.float32)
    eeg[0] = 0
    for first in range(0, len(released), part_size):
        rows = range(first, min(first + part_size, len(released)))
        write_part(part(results, first // part_size), released, eeg, rows)
    write_json(
        results / "models" / "spgn" / "model.json",
        {
            "name": "spgn",
            "protocol": "generation",
            "layout": {
                "channels": list(channels),
                "positions_m": electrode_positions(channels).tolist(),
                "sfreq": SFREQ,
                "n_samples": shape[1],
                "subjects": sorted(released["subject"].unique()),
                "graphs": [],
            },
            "config": {},
            "config_sha256": "d" * 64,
            "checkpoint_sha256": CHECKPOINT,
            "parameters": 1_234_567,
            "code_version": "0.1.0",
        },
    )
    clip = {"model": "untrained", "revision": None, "trained": False, "sha256": "a" * 64}
    write_json(results / "clip" / "model.json", clip)
    return eeg


def part(results: Path, number: int) -> Path:
    """Manifest of one part."""
    return results / "samples" / "spgn" / f"part-{number:03d}.json"


def write_part(path: Path, released: pd.DataFrame, eeg: np.ndarray, rows: range) -> None:
    """Write some rows as a part: one Zarr shard per sample, and the manifest."""
    group = zarr.open_group(path.with_suffix(".zarr"), mode="w", zarr_format=3)
    shape = (1, *eeg.shape[1:])
    array = group.create_array(
        "eeg",
        shape=(len(rows), *eeg.shape[1:]),
        dtype="float32",
        chunks=shape,
        shards=shape,
        fill_value=np.nan,
    )
    array[:] = eeg[rows.start : rows.stop]
    samples = [
        {
            "window_id": released["window_id"].iloc[row],
            "row": place,
            "seed": int(released["seed"].iloc[row]),
            "sha256": sha256_array(eeg[row]),
        }
        for place, row in enumerate(rows)
    ]
    write_json(
        path,
        {
            "model": "spgn",
            "checkpoint_sha256": CHECKPOINT,
            "protocol": "generation",
            "sampler": {"scheduler": "ddim", "steps": 50},
            "samples": samples,
        },
    )


def release_inputs(results: Path) -> dict[str, Any]:
    """Inputs of the release rule."""
    return {
        "windows": str(results / "windows.parquet"),
        "parts": sorted(str(path) for path in (results / "samples" / "spgn").glob("*.json")),
        "model": str(results / "models" / "spgn" / "model.json"),
        "eeg": sorted(str(path) for path in (results / "eeg").glob("*.json")),
        "clips": str(results / "manifest" / "clips.parquet"),
        "video_table": str(results / "manifest" / "videos.parquet"),
        "findings": str(results / "manifest" / "findings.parquet"),
        "emotions": str(results / "emotions.parquet"),
        "videos": str(results / "video" / "videos.json"),
        "clip": str(results / "clip" / "model.json"),
        "description": [],
    }


def release_config(kind: str = "phantom", **release: Any) -> dict[str, Any]:
    """Configuration of the release rule."""
    return {
        "run": {"model": "spgn", "seed": 42},
        "source": {"kind": kind},
        "embed": {"grid_s": 0.5},
        "preprocess": {"l_freq": 0.5, "h_freq": 40.0},
        "condition": ConditionOptions().model_dump(mode="json"),
        "release": ReleaseOptions(**release).model_dump(mode="json"),
    }


def write_release(
    results: Path,
    metrics: dict[str, Any] = AUDIT,
    description: Path | None = None,
    left_out: Sequence[str] = (),
    name: str = "release",
    **config: Any,
) -> Path:
    """Make the release of a results folder, with its card; returns the release's folder.

    Args:
        results: The folder.
        metrics: metrics.json.
        description: dataset_description.json of the source.
        left_out: People whom the training leaves out.
        name: Of the release's folder.
        config: `kind` of the source and options of the release.
    """
    from videeg_pipe.release.card import write_card  # takes a second
    from videeg_pipe.release.stage import make_release

    folder = results / name
    outputs = {name: folder / file for name, file in zip(OUTPUTS, NAMES, strict=True)}
    of_card = {name: outputs.pop(name) for name in ("card", "sums")}
    inputs = release_inputs(results)
    inputs["description"] = [] if description is None else [str(description)]
    make_release(
        inputs=inputs,
        config=release_config(**config),
        outputs=outputs | {"key": results / "pseudonyms.csv"},
    )
    write_json(results / "metrics.json", metrics)
    more = {"metrics": results / "metrics.json"}
    more |= {name: Path(inputs[name]) for name in ("model", "clip", "findings", "windows")}
    more["recordings"] = results / "manifest" / "recordings.parquet"
    more["key"] = results / "pseudonyms.csv"
    write_card(inputs=outputs | more, outputs=of_card, left_out=left_out)
    return folder


def refused(make, *words: str) -> str:
    """Check that `make` fails with one line that contains the words; returns the line."""
    with pytest.raises(UserError) as caught:
        make()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    return message
