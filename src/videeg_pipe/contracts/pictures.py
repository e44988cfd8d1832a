"""Frames, text and latents of the clips, stored once per stimulus, under `pictures/`.

stimuli.parquet                 one row per stimulus, in the order of all arrays
frames.json                     frames.npy (n, F, H, W, 3) uint8 RGB
texts.json                      texts.npy (n, tokens, width) float32, hidden states of the caption;
                                empty.npy (tokens, width), those of the empty caption
latents.json                    latents.npy (n, F, 4, h, w) float32, posterior mode times scaling
vae.json, generator.json        folders of the models, in the format of diffusers

Each record (.json) holds the checksums of the files that it names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.files import (
    checked,
    entries_of,
    read_npy,
    read_record,
    sha256_file,
    write_npy,
    write_record,
)


@dataclass(frozen=True)
class PictureStore:
    """The arrays under one `pictures/` folder; rows are those of `stimuli`."""

    root: Path

    def stimuli(self, split: str | None = None) -> pd.DataFrame:
        """Read the table of stimuli; its index is the row in the arrays."""
        rows = read_table(self.root / "stimuli.parquet", "stimuli")
        return rows if split is None else rows[rows["split"] == split]

    def array(self, name: str, *, record: str | None = None) -> NDArray[Any]:
        """Return `frames`, `texts` or `latents`, memory-mapped, after comparing its checksum.

        `array("empty", record="texts")` is the text of the empty caption.

        Raises:
            UserError: if a file is missing or differs from its checksum.
        """
        manifest = self.root / f"{record or name}.json"
        content = read_record(manifest)
        with entries_of(manifest):
            entry = content["arrays"][name]
            path, sha256 = self.root / entry["file"], entry["sha256"]
        return read_npy(checked(path, sha256, listed_in=manifest), memory_map=True)


def write_arrays(manifest: Path, arrays: Mapping[str, NDArray[Any]], **facts: Any) -> None:
    """Write arrays, and the record beside them that lists their shapes and checksums."""
    for name, array in arrays.items():
        write_npy(manifest.parent / f"{name}.npy", array)
    list_arrays(manifest, arrays, **facts)


def list_arrays(manifest: Path, names: Iterable[str], **facts: Any) -> None:
    """Write the record of arrays that lie beside it."""
    entries = {}
    for name in names:
        path = manifest.parent / f"{name}.npy"
        shape = list(read_npy(path, memory_map=True).shape)
        entries[name] = {"file": path.name, "shape": shape, "sha256": sha256_file(path)}
    write_record(manifest, {"arrays": entries, **facts})
