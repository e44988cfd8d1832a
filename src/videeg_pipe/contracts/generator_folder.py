"""The folder of a trained generator: everything that generation needs, and nothing else.

generator.json            what it is, and the options of stimulus and sampler
checkpoint.safetensors    weights, graphs and whitening
model.json                architecture, electrodes and people
normalisation.json        amplitude of each person and electrode
clip/                     CLIP, or what identifies one on the hub
README.md                 model card
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record
from videeg_pipe.runtime.targets import check_new, check_writable

SCHEMA_VERSION = "1.0"
RECORD, CHECKPOINT, MODEL = "generator.json", "checkpoint.safetensors", "model.json"
SCALES, CARD, CLIP = "normalisation.json", "README.md", "clip/model.json"
DEFAULT = Path("results", "generator")
"""Where the default run leaves its generator."""
COPY_AGAIN = "copy the folder again, or train again"
"""Advice for a damaged one, which need not be of a run on this machine."""
NO_EFFECT_R = 0.99
"""Correlation of EEG for two descriptions of a person above which they hardly change it."""


class _Record(BaseModel):
    """Entries of generator.json; the options in it are checked where they are used."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    schema_version: str
    videeg_pipe: str
    source: str
    checkpoint_sha256: str
    l_freq: float = Field(gt=0)
    h_freq: float = Field(gt=0)
    reference: Literal["average", "recorded"]
    embed: dict[str, Any]
    sample: dict[str, Any]
    people: dict[str, str | None]
    description_r: float | None
    continuous: bool


def read_folder_record(folder: Path) -> dict[str, Any]:
    """Read generator.json.

    Raises:
        UserError: if the folder is not a generator's, of another schema, or damaged.
    """
    if not (folder / RECORD).is_file():
        found = f"no {RECORD} in it" if folder.is_dir() else "no such folder"
        inside = folder / "generator"  # of the results of a run
        advice = "run the workflow, whose results/generator is one, or name another (--model)"
        raise UserError(
            str(folder),
            expected="the folder of a trained generator",
            found="a file" if folder.is_file() else found,
            next_step=f"name {inside}" if (inside / RECORD).is_file() else advice,
        )
    record = read_record(folder / RECORD, next_step=COPY_AGAIN)
    version = record.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UserError(
            str(folder / RECORD),
            expected=f"schema_version {SCHEMA_VERSION}",
            found=version if isinstance(version, str) else f"{version!r}, which is not text",
            next_step="use the version of videeg-pipe that wrote it, or train again",
        )
    try:
        _Record.model_validate(record)
    except ValidationError as error:
        raise UserError(
            str(folder / RECORD),
            expected=f"the entries of schema_version {SCHEMA_VERSION}",
            found="; ".join(map(_problem, error.errors())),
            next_step="use the version of videeg-pipe that wrote it, or train again",
        ) from error
    return record


def check_outside(path: Path) -> None:
    """Refuse a path inside the folder of a generator, which holds nothing but the generator.

    Raises:
        UserError: naming the folder.
    """
    inside = next((one for one in path.absolute().parents if (one / RECORD).is_file()), None)
    if inside is not None:
        raise UserError(
            str(path),
            expected="a place outside the folder of a generator",
            found=f"{inside}, which is one",
            next_step="choose another folder",
        )


def check_new_folder(path: Path, *, overwrite: bool) -> None:
    """Refuse a path where the folder of a generator cannot be written, before any work is done.

    Args:
        path: The new folder.
        overwrite: Whether the folder of a generator may be replaced.

    Raises:
        UserError: if it exists and may not be replaced, lies inside one, or cannot be written.
    """
    check_outside(path)
    check_new(path, overwrite=overwrite, ours=(path / RECORD).is_file())
    check_writable(path.absolute().parent)


def _problem(error: Any) -> str:
    name = ".".join(map(str, error["loc"]))
    return f"no {name}" if error["type"] == "missing" else f"{name} {error['input']!r:.40}"


def ignores_descriptions(record: dict[str, Any]) -> bool:
    """Return whether EEG of a new person is the same whatever is said about the person."""
    return record["description_r"] is not None and record["description_r"] > NO_EFFECT_R
