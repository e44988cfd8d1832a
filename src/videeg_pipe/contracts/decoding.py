"""Rows of the decoding table, and the files that each row has.

decoders/<decoder>/<people>/seed-<n>/   decoder.safetensors, decoder.json, history.parquet;
                                        <people>: `known`, or `of-<person>` for one person
adapted/<row>/<person>/         the same for a new person; adapted/<decoder>.json lists the folders
reconstructions/<row>/          reconstruction.json lists the arrays and clips.parquet beside it;
                                reconstructions/<decoder>.json lists the rows
reconstructions/<ceiling>/      the same for codec, generator and information, in ceilings.json
evaluation/decoding.json        scores of all rows
evaluation/decoding.parquet     scores per row and presentation

Arrays of a row have one entry per presentation of a test clip to a person of its group, in the
order of clips.parquet; those of a ceiling have one per test stimulus:

frames.npy      (n, F, H, W, 3) uint8, RGB
latents.npy     (n, F, 4, h, w) float32, which the frames were decoded from
texts.npy       (n, 768) float32, decoded text, mean over tokens
concepts.npy    (n,) int64, decoded concept where the decoder names one, of `concepts` in the record
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.pictures import PictureStore, list_arrays
from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.runtime.files import (
    checked,
    read_npy,
    read_record,
    sha256_file,
    write_npy,
    write_record,
)

Group = Literal["known", "single", "new"]
"""People of a row: known ones, those of them with decoders of their own, and new ones."""
Protocol = Literal["cs", "ss", "new-0", "new-p"]
Start = Literal["shared", "own", "no-latents", "no-text", "no-keyframe"]
"""How clips are drawn: like those of all decoders, as in the decoder's publication, or without a
part."""
CEILINGS = ("codec", "generator", "information")
GROUPS: dict[Protocol, Group] = {"cs": "known", "ss": "single", "new-0": "new", "new-p": "new"}


@dataclass(frozen=True)
class DecodingRow:
    """One row of the table: a decoder, how it was trained, and how its clips are drawn."""

    decoder: str
    protocol: Protocol
    start: Start = "shared"
    seed: int = 0  # number of the training; 0 has the seed of the run
    percent: float = 0  # of a new person's training clips, the earliest; `new-p` alone
    method: str | None = None  # of the adaptation; `new-p` alone
    variant_of: str | None = None  # decoder whose options differ

    @property
    def name(self) -> str:
        """Name of the row and of its folder, such as `sam-net_new-15_new2source`."""
        protocol = self.protocol if self.method is None else f"new-{self.percent:g}_{self.method}"
        start = "" if self.start == "shared" else f"_{self.start}"
        return f"{self.decoder}_{protocol}{start}" + (f"_seed-{self.seed}" if self.seed else "")

    @property
    def whole(self) -> "DecodingRow | None":
        """The row that this one is an ablation of; None for other rows."""
        if self.variant_of is None and self.start in ("shared", "own"):
            return None
        decoder = self.variant_of or self.decoder
        return replace(self, decoder=decoder, start="shared", variant_of=None)

    @property
    def unadapted(self) -> "DecodingRow | None":
        """The row of the same decoder without the new person's EEG; None for other rows."""
        if self.protocol != "new-p":
            return None
        return replace(self, protocol="new-0", percent=0, method=None)

    @property
    def group(self) -> Group:
        """People whose test clips it reconstructs."""
        return GROUPS[self.protocol]

    def facts(self) -> dict[str, Any]:
        """Return all fields and the group, for a record."""
        return asdict(self) | {"group": self.group}


def decoder_record(results: Path, row: DecodingRow, person: str) -> Path:
    """Return `decoder.json` of the decoder that a row uses for a person."""
    if row.protocol == "new-p":
        return results / "adapted" / row.name / person / "decoder.json"
    people = f"of-{person}" if row.protocol == "ss" else "known"
    return results / "decoders" / row.decoder / people / f"seed-{row.seed}" / "decoder.json"


def held_out_clips(
    clips: pd.DataFrame, people: list[str], clips_per_run: int | None = None
) -> pd.DataFrame:
    """Return the presentations that rows of these people reconstruct, in their order.

    Args:
        clips: The `clips_cut` table.
        people: Members of a group.
        clips_per_run: The first clips of each run; None for all.
    """
    chosen = (clips["split"] == "test") & clips["subject"].isin(people)
    if clips_per_run is not None:
        chosen &= clips["position"] <= clips_per_run
    return clips[chosen].reset_index(drop=True)


def true_rows(clips: pd.DataFrame, pictures: PictureStore) -> NDArray[Any]:
    """Return the row of each clip's stimulus in the arrays under `pictures/`, (n,)."""
    index = pd.Index(pictures.stimuli()["stimulus_id"])
    return index.get_indexer(clips["stimulus_id"])


def write_reconstruction(
    manifest: Path,
    arrays: Mapping[str, NDArray[Any]],
    clips: pd.DataFrame | None,
    facts: Mapping[str, Any],
) -> None:
    """Write the arrays and the table of clips of a row, and last the record that lists them.

    Args:
        manifest: `reconstruction.json`.
        arrays: By name, from the module's docstring.
        clips: The presentations, rows of `clips_cut`; None for a ceiling.
        facts: Further entries of the record.
    """
    for name, array in arrays.items():
        write_npy(manifest.parent / f"{name}.npy", array)
    table = {}
    if clips is not None:
        write_table(manifest.parent / "clips.parquet", "clips_cut", clips)
        table = {"clips_sha256": sha256_file(manifest.parent / "clips.parquet")}
    list_arrays(manifest, arrays, **table, **facts)


@dataclass(frozen=True)
class Reconstruction:
    """The files of one row or ceiling."""

    manifest: Path  # reconstruction.json

    @property
    def record(self) -> dict[str, Any]:
        """The record: `row` with the row's fields, and `arrays`."""
        return read_record(self.manifest)

    def clips(self) -> pd.DataFrame:
        """Read the presentations, one row per entry of the arrays; a ceiling has none.

        Raises:
            UserError: if the file is missing or differs from its checksum.
        """
        path = self.manifest.with_name("clips.parquet")
        checked(path, self.record["clips_sha256"], listed_in=self.manifest)
        return read_table(path, "clips_cut")

    def __contains__(self, name: str) -> bool:
        """Return whether the row has this array."""
        return name in self.record["arrays"]

    def array(self, name: str) -> NDArray[Any]:
        """Return an array, memory-mapped, after comparing its checksum.

        Raises:
            UserError: if the file is missing or differs from its checksum.
        """
        entry = self.record["arrays"][name]
        path = self.manifest.with_name(entry["file"])
        checked(path, entry["sha256"], listed_in=self.manifest)
        return read_npy(path, memory_map=True)


def list_folders(record: Path, manifests: Mapping[str, Path]) -> None:
    """Write a record of other records, with their checksums."""
    entries = {
        name: {"file": str(path.relative_to(record.parent)), "sha256": sha256_file(path)}
        for name, path in manifests.items()
    }
    write_record(record, {"records": entries})


def listed_folders(record: Path) -> dict[str, Path]:
    """Return the records that `list_folders` listed, by name.

    Raises:
        UserError: if one is missing or differs from its checksum.
    """
    return {
        name: checked(record.parent / entry["file"], entry["sha256"], listed_in=record)
        for name, entry in read_record(record)["records"].items()
    }
