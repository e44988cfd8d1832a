"""A packed decoder: all that `videeg decode` needs, in one folder.

playback.json                   record: filters, reference, sampler, frame rate, description
decoder.json, decoder.safetensors
pictures/                       vae.json, generator.json and their models; texts.json, empty.npy
"""

from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

RECORD = "playback.json"
SCHEMA_VERSION = "1.0"
COPY_AGAIN = "copy the folder again, or pack the decoder again"
"""Advice for a damaged one, which need not be of a run on this machine."""


def read_playback(folder: Path) -> dict[str, Any]:
    """Read the record of a packed decoder.

    Raises:
        UserError: if the folder is none, of another schema, or its record is damaged.
    """
    if not (folder / RECORD).is_file():
        raise UserError(
            str(folder),
            expected=f"the folder of a packed decoder, with {RECORD}",
            found="no such file",
            next_step="name the folder `decoder` in the results of `snakemake decode`",
        )
    record = read_record(folder / RECORD, next_step=COPY_AGAIN)
    version = record.get("schema_version", SCHEMA_VERSION)  # the first records lack it
    if version != SCHEMA_VERSION:
        raise UserError(
            str(folder / RECORD),
            expected=f"schema_version {SCHEMA_VERSION}",
            found=str(version),
            next_step="use the version of videeg-pipe that wrote it, or pack the decoder again",
        )
    return record
