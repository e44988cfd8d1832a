"""Pack a decoder of known people, with the models that draw its clips."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.contracts.decoder_folder import SCHEMA_VERSION
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.decoders.checkpoint import RECORD, WEIGHTS, load_decoder
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.files import atomic_path, read_record, write_record


def pack_decoder(
    *, decoder: Path, pictures: Path, index: Path, config: Mapping[str, Any], record: Path
) -> None:
    """Copy decoder and models into one folder, which appears, or is replaced, as a whole.

    Models that the run only uses stay where they are, outside the folder.

    Args:
        decoder: `decoder.json`.
        pictures: Folder of the `PictureStore`.
        index: `eeg/index.json`.
        config: Slice of the configuration: filters, reference and sampler.
        record: `playback.json` in that folder.

    Raises:
        UserError: if a file is missing or damaged, or the disk is full.
    """
    load_decoder(decoder.parent)  # compares the checksum of the weights
    PictureStore(pictures).array("empty", record="texts")
    files = {RECORD: decoder, WEIGHTS: decoder.with_name(WEIGHTS)}
    names = ("vae.json", "generator.json", "texts.json", "empty.npy")
    files |= {f"pictures/{name}": pictures / name for name in names}
    for name in ("vae.json", "generator.json"):
        for entry in read_record(pictures / name)["models"].values():
            if not Path(entry["folder"]).is_absolute():
                files |= {
                    f"pictures/{entry['folder']}/{file}": pictures / entry["folder"] / file
                    for file in entry["files"]
                }
    facts = {
        "schema_version": SCHEMA_VERSION,
        "preprocess": config["preprocess"],
        "pictures": config["pictures"],
        "frame_rate": read_record(pictures / "frames.json")["frame_rate"],
        "channels": list(EegStore(index.parent).channels),
    }
    check_space(record.parent, sum(source.stat().st_size for source in files.values()))
    with atomic_path(record.parent) as folder:
        for name, source in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
        write_record(folder / record.name, facts)
