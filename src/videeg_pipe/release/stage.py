"""Driver of the stage: the released files except the data card, moved into place together.

The card, with the checksums, is written after scoring, because it states the result of the audit.
"""

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
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.release.croissant import croissant
from videeg_pipe.release.frames import check_redistributable
from videeg_pipe.release.generator_record import GeneratorRecord, read_generator_record
from videeg_pipe.release.merge import MergeInputs, n_bytes, write_h5
from videeg_pipe.release.parts import read_parts
from videeg_pipe.release.pseudonyms import describe_codes, released_codes, renamed, write_key
from videeg_pipe.release.rights import licence_text, read_rights
from videeg_pipe.release.samples import sample_table
from videeg_pipe.release.split import manifest_table, split_record
from videeg_pipe.release.volumes import find_volumes
from videeg_pipe.runtime.disk import check_space, full_disk_named
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import (
    TEMPORARY,
    atomic_path,
    read_record,
    remove_leftovers,
    sync,
    write_json,
)
from videeg_pipe.runtime.interrupts import deferred_interrupt
from videeg_pipe.sources.registry import SOURCES


def make_release(
    *, inputs: dict[str, Any], config: dict[str, Any], outputs: dict[str, Path]
) -> None:
    """Check every sample and write the release.

    No file gets its final name before all files are complete.

    Args:
        inputs: Paths of the tables `windows`, `clips`, `video_table` and `emotions`, of `model`
            (model.json), `videos` (videos.json) and `clip` (the CLIP's record), the lists
            `parts` (part manifests, each beside its Zarr group) and `eeg` (preprocessing
            manifests), and `description` (the source's dataset_description.json, if it has one).
        config: `run.model`, `run.seed`, `source.kind`, `embed.grid_s`, `preprocess.l_freq`,
            `preprocess.h_freq`, and the sections `condition` and `release`.
        outputs: Paths of `h5`, `split`, `manifest`, `croissant` and `licence`, all in one folder,
            and of `key`, the codes of the subjects, which is not part of the release.

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
    source = SOURCES[config["source"]["kind"]]
    codes = released_codes(
        list(dict.fromkeys(table["subject"])),
        release,
        simulated=source.simulated,
        seed=config["run"]["seed"],
    )
    table, rows = renamed(table, codes)
    merge = MergeInputs(
        table=table,
        parts=parts,
        rows=rows,
        generator=generator,
        videos=Path(inputs["videos"]),
        frames_from=videos if release.include_frames else None,
        condition=section(ConditionOptions, config["condition"]),
        grid_s=config["embed"]["grid_s"],
        max_bytes=release.max_bytes,
    )
    shown = videos[videos["video_id"].isin(table["video_id"])]
    attributes = {
        "title": release.title,
        "version": release.version,
        **read_rights(release, source, [Path(p) for p in inputs["description"]], shown),
        "subject_codes": describe_codes(codes, simulated=source.simulated),
        "synthetic": True,
        "description": f"SYNTHETIC EEG generated from video by a model trained on {source.card}.",
        "created": _created(),
        "source": source.name,
        "reference": read_record(Path(inputs["eeg"][0]))["reference"],
        "highpass_hz": config["preprocess"]["l_freq"],
        "lowpass_hz": config["preprocess"]["h_freq"],
    }
    released = {name: path for name, path in outputs.items() if name != "key"}
    check_space(released["h5"], n_bytes(merge))
    with atomic_path(outputs["key"]) as key, _together(released) as new:
        write_key(key, codes)
        sha256 = write_h5(new["h5"], merge, attributes)
        manifest = manifest_table(table, sha256, generator)
        manifest.to_parquet(new["manifest"], index=False)
        write_json(new["split"], split_record(table))
        listed = {released[name].name: new[name] for name in ("h5", "manifest", "split")}
        listed |= {volume.name: volume for volume in find_volumes(new["h5"])}
        write_json(new["croissant"], croissant(listed, manifest, attributes, source=source.card))
        new["licence"].write_text(licence_text(attributes), encoding="utf-8")


@contextmanager
def _together(outputs: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """Yield temporary paths; on success move all files beside them to the folder of `outputs`.

    The HDF5 file comes last. Volumes of an earlier release are removed. After an error, the files
    of an earlier release are unchanged.
    """
    h5 = outputs["h5"]
    folder = h5.parent
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f".new{TEMPORARY}"
    remove_leftovers(folder, prefix)  # of a killed run
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as temporary:
        new = {name: Path(temporary, path.name) for name, path in outputs.items()}
        with full_disk_named(h5, written=Path(temporary)):
            yield new
            made = sorted(Path(temporary).iterdir(), key=lambda path: path.name == h5.name)
            sync(*made)
        old = find_volumes(h5)
        with deferred_interrupt():
            if old or find_volumes(new["h5"]):  # HDF5 must not join volumes of two releases
                h5.unlink(missing_ok=True)
            for volume in old:
                volume.unlink()
            for path in made:
                path.replace(folder / path.name)
        sync(folder)


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
