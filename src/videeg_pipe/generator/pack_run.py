"""Pack the generator of a finished run, with the options that its results were made with."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import load, merged, slice_of
from videeg_pipe.contracts.generator_folder import (
    CHECKPOINT,
    CLIP,
    MODEL,
    RECORD,
    SCALES,
    check_new_folder,
)
from videeg_pipe.generator.pack import pack_generator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import entries_of, missing, read_record
from videeg_pipe.runtime.origin import FOLDER, Results

RESULTS = {
    "normalisation": SCALES,
    "participants": "manifest/participants.parquet",
    "key": "pseudonyms.csv",
    "clip": CLIP,
    "cut": "windows/cut.parquet",
    "index": "eeg/index.json",
    "videos": "video/videos.json",
    "texts": "text/texts.json",
}
"""Inputs of `pack_generator`, beside the model, in a results folder."""
_RULES = {"preprocess", "clip_model", "embed_videos", "embed_text", "sample"}
"""Rules whose options are packed."""
_LEFT_OUT = "embed.captions"
"""Tells how to make the untrained CLIP, which is packed itself."""


def pack_run(run: Path, out: Path, *, model: str | None = None, overwrite: bool = False) -> None:
    """Write the folder of a run's generator; it appears under its name when it is complete.

    The workflow's rule `pack_generator` writes the same to `generator` in the results folder.

    Args:
        run: Results folder of a run that has made its release.
        out: The folder to write.
        model: Name of the generator; None for a run with only one.
        overwrite: Whether an existing folder of a generator may be replaced.

    Raises:
        UserError: if a result is missing, damaged or of other options than those that depend on it,
            or if `out` exists.
    """
    folder = _model_folder(run, model)
    check_new_folder(out, overwrite=overwrite)
    inputs = {name: run / path for name, path in RESULTS.items()}
    inputs |= {"model": folder / MODEL, "checkpoint": folder / CHECKPOINT}
    for path in inputs.values():
        if not path.is_file():
            raise missing(path)
    records = list(_records(run, [str(path.relative_to(run)) for path in inputs.values()]))
    records += map(_record, sorted((run / FOLDER / "samples" / folder.name).glob("*.json"))[:1])
    Results(str(run), _options(records)).check(map(str, inputs.values()))
    kept = _options(record for record in records if record["rule"] in _RULES)
    names = {f"{section}.{option}" for section, options in kept.items() for option in options}
    config = slice_of(load(kept), "sample", *sorted(names - {_LEFT_OUT}))
    pack_generator(inputs=Inputs(inputs), config=config, record=out / RECORD)


def _options(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for record in records:
        options = merged(options, record["options"])
    return options


def _model_folder(run: Path, model: str | None) -> Path:
    folders = sorted(path.parent for path in (run / "models").glob(f"*/{MODEL}"))
    found = [folder for folder in folders if model in (None, folder.name)]
    if len(found) != 1:
        names = ", ".join(folder.name for folder in folders)
        raise UserError(
            str(run / "models"),
            expected=f"the trained generator {model}" if model else "one trained generator",
            found=names or "none",
            next_step="choose one with --model" if names else "name the results folder of a run",
        )
    return found[0]


def _records(run: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of results and of all that they were made from, each once."""
    seen: set[str] = set()
    while names:
        name = names.pop()
        path = run / FOLDER / f"{name}.json"
        if name not in seen and path.is_file():
            seen.add(name)
            record = _record(path)
            names += record["inputs"]
            yield record


def _record(path: Path) -> dict[str, Any]:
    """Read the entries of a job's record that are used here."""
    stored = read_record(path)
    with entries_of(path):
        return {name: stored[name] for name in ("rule", "options", "inputs")}
