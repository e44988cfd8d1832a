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


def read_playback(folder: Path) -> dict[str, Any]:
    """Read the record of a packed decoder.

    Raises:
        UserError: if the folder is none, or its record is damaged.
    """
    if not (folder / RECORD).is_file():
        raise UserError(
            str(folder),
            expected=f"the folder of a packed decoder, with {RECORD}",
            found="no such file",
            next_step="name the folder `decoder` in the results of `snakemake decode`",
        )
    return read_record(folder / RECORD)
