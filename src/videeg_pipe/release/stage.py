"""Driver of the stage: seven released files, moved into place together, checksums last."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.release.card import card_values, licence_text, render_card
from videeg_pipe.release.croissant import croissant
from videeg_pipe.release.frames import check_redistributable
from videeg_pipe.release.generator_record import GeneratorRecord, read_generator_record
from videeg_pipe.release.merge import MergeInputs, write_h5
from videeg_pipe.release.parts import read_parts
from videeg_pipe.release.samples import sample_table
from videeg_pipe.release.split import manifest_table, split_record
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file, write_json
from videeg_pipe.sources.registry import SOURCES


def make_release(
    *, inputs: dict[str, Any], config: dict[str, Any], outputs: dict[str, Path]
) -> None:
    """Check every sample and write the release.

    No file gets its final name before all files are complete.

    Args:
        inputs: Paths of the tables `windows`, `clips`, `video_table`, `findings` and `emotions`, of
            `model` (model.json), `videos` (videos.json) and `clip` (the CLIP's record), and the lists
            `parts` (part manifests, each beside its Zarr group) and `eeg` (preprocessing
            manifests).
        config: `run.model`, `source.kind`, `embed.grid_s`, and the sections `condition` and
            `release`.
        outputs: Paths of `h5`, `split`, `manifest`, `croissant`, `card`, `licence` and `sums`, all
            in one folder.

    Raises:
        UserError: if a sample is missing, damaged, not finite or from another generator, if the
            generator received recorded EEG, or if frames of restricted videos are requested.
    """
    release = section(ReleaseOptions, config["release"])
    table = sample_table(Path(inputs["windows"]), Path(inputs["clips"]), Path(inputs["emotions"]))
    generator = read_generator_record(Path(inputs["model"]))
    _check_length(Path(inputs["windows"]), table, generator)
    videos = read_table(Path(inputs["video_table"]), "videos")
    if release.include_frames:
        check_redistributable(table, videos)
    parts = read_parts(
        [Path(path) for path in inputs["parts"]],
        table,
        model=config["run"]["model"],
        checkpoint_sha256=generator.checkpoint_sha256,
    )
    merge = MergeInputs(
        table=table,
        parts=parts,
        generator=generator,
        videos=Path(inputs["videos"]),
        frames_from=videos if release.include_frames else None,
        condition=section(ConditionOptions, config["condition"]),
        grid_s=config["embed"]["grid_s"],
    )
    created, source = _created(), SOURCES[config["source"]["kind"]]
    attributes = {
        "title": release.title,
        "version": release.version,
        "license": "CC-BY-4.0",
        "synthetic": True,
        "description": f"SYNTHETIC EEG generated from video by a model trained on {source.card}.",
        "created": created,
        "source": source.name,
        "reference": EegStore(Path(inputs["eeg"][0]).parent).reference,
    }
    with _together(outputs) as new:
        sha256 = write_h5(new["h5"], merge, attributes)
        manifest = manifest_table(table, sha256, generator)
        manifest.to_parquet(new["manifest"], index=False)
        write_json(new["split"], split_record(table))
        listed = {outputs[name].name: new[name] for name in ("h5", "manifest", "split")}
        document = croissant(listed, manifest, release, created=created, source=source.card)
        write_json(new["croissant"], document)
        values = card_values(
            merge,
            release,
            attributes,
            videos=videos,
            findings=read_table(Path(inputs["findings"]), "findings"),
            clip=read_json(Path(inputs["clip"])),
            sha256_h5=sha256_file(new["h5"]),
        )
        new["card"].write_text(render_card(values), encoding="utf-8")
        new["licence"].write_text(licence_text(), encoding="utf-8")
        sums = [
            f"{sha256_file(path)}  {outputs[name].name}\n"
            for name, path in new.items()
            if name != "sums"
        ]
        new["sums"].write_text("".join(sums), encoding="utf-8")


@contextmanager
def _together(outputs: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """Yield temporary paths; on success move the files to `outputs`, checksums last.

    After an error, the files of an earlier release are unchanged.
    """
    folder = outputs["sums"].parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as temporary:
        new = {name: Path(temporary, path.name) for name, path in outputs.items()}
        yield new
        for path in new.values():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        for name in sorted(outputs, key=lambda name: name == "sums"):
            new[name].replace(outputs[name])


def _check_length(path: Path, table: pd.DataFrame, generator: GeneratorRecord) -> None:
    other = table.loc[table["n_samples"] != generator.layout.n_samples]
    if len(other):
        raise UserError(
            str(path),
            expected=f"windows of {generator.layout.n_samples} samples, like the generator's",
            found=f"{other['n_samples'].iloc[0]} in {other['sample_id'].iloc[0]}",
            next_step="train the generator again on these windows",
        )


def _created() -> str:
    """Time of the release, UTC, ISO 8601, from SOURCE_DATE_EPOCH if that is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return moment.isoformat(timespec="seconds")
