"""A release as Parquet files that Hugging Face `datasets` reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from videeg_pipe.reader.checks import METADATA
from videeg_pipe.reader.folders import file_labels, new_folder
from videeg_pipe.reader.release import Release

_ROWS = 256
"""Samples in memory, and per row group."""
_SHARD = 8192
"""Samples per file: about 400 MB."""

HUB_LICENCES = {"CC-BY-4.0": "cc-by-4.0", "CC0": "cc0-1.0", "CC0-1.0": "cc0-1.0", "MIT": "mit"}


def write_huggingface(release: Release, folder: Path) -> Path:
    """Write `data/<split>-<shard>-of-<shards>.parquet` and README.md; returns the folder.

    A row has all labels, `label`, and the release's other fields, by default `eeg`, (C, T), in
    microvolts. The card's `configs` name the files of each split.

    Raises:
        UserError: if the folder exists and is not empty, or the release is damaged.
    """
    arrays = [name for name in release.fields if name not in (*METADATA, "label")]
    names = (*METADATA, "label", *arrays)
    splits = np.unique(release.values("split")).tolist()
    order = [name for name in ("train", "validation", "test") if name in splits]
    order += [name for name in splits if name not in order]
    labels = file_labels(order)
    with new_folder(folder) as temporary:
        (temporary / "data").mkdir()
        for split in order:
            part = release.select(split=split)
            n_shards = -(-len(part) // _SHARD)
            for shard in range(n_shards):
                path = temporary / "data" / f"{labels[split]}-{shard:05d}-of-{n_shards:05d}.parquet"
                _write(path, part[shard * _SHARD : (shard + 1) * _SHARD], names)
        (temporary / "README.md").write_text(
            _card(release, list(labels.values()), arrays), encoding="utf-8"
        )
    return folder


def _write(path: Path, part: Release, names: tuple[str, ...]) -> None:
    tables = _tables(part.with_fields(names), names)
    first = next(tables)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _tables(part: Release, names: tuple[str, ...]) -> Iterator[pa.Table]:
    for start in range(0, len(part), _ROWS):
        block = part[start : start + _ROWS]
        yield pa.table({name: _arrow(block.values(name)) for name in names})


def _arrow(values: NDArray[Any]) -> pa.Array:
    """Return one list per sample, nested as the array is."""
    array = pa.array(values.ravel())
    for length in reversed(values.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, length)
    return array


def _card(release: Release, splits: list[str], arrays: list[str]) -> str:
    """Return README.md: YAML for the hub, then how to read the files."""
    facts = release.attributes
    licence = str(facts.get("license", "not stated"))
    known = HUB_LICENCES.get(licence)
    lines = ["---", f"pretty_name: {json.dumps(str(facts['title']))}"]
    if known is None:
        lines += ["license: other", f"license_name: {json.dumps(licence)}"]
    else:
        lines += [f"license: {known}"]
    lines += ["tags: [eeg, synthetic]", "configs:", "- config_name: default", "  data_files:"]
    for split in splits:
        lines += [f"  - split: {json.dumps(split)}", f"    path: data/{split}-*.parquet"]
    shapes = {name: release[:1].values(name).shape[1:] for name in arrays}
    described = "; ".join(
        f"`{name}` {' x '.join(map(str, shape))}" for name, shape in shapes.items()
    )
    n_channels = len(release.channel_names)
    return "\n".join(
        [
            *lines,
            "---",
            "",
            f"# {facts['title']} {facts.get('version', '')}: SYNTHETIC EEG, generated from video",
            "",
            f"{facts.get('description', '')}",
            "",
            f"{len(release)} samples. Arrays per sample: {described}. `eeg` is in microvolts, "
            f"{n_channels} channels at {release.sfreq:g} Hz.",
            "`label` is the class of `concept`, counted from 0 in the order of names.",
            "",
            f"Channels: {', '.join(release.channel_names)}.",
            "",
            f"Licence: {licence}. Authors: {', '.join(map(str, facts.get('authors', [])))}.",
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            'data = load_dataset("path/to/this/folder").with_format("torch")',
            "```",
            "",
        ]
    )
