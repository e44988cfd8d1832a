"""`videeg inspect`: summarise a release or a generator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import h5py


EXAMPLE = "videeg inspect results/release/videeg-gen.h5"


def run(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="videeg-gen.h5 or its folder, results of a run, folder of a generator, or .h5 of "
            "videeg generate.",
        ),
    ],
) -> None:
    """Summarise a release, a generator or generated EEG; `videeg info` is the same.

    Raises:
        UserError: if the path is none of them.
    """
    if path.is_dir():
        from videeg_pipe.explore.contents import find_contents

        contents = find_contents(path)
        if contents.release is None:
            print("\n".join(generator_summary(path)))
            return
        path = contents.release
    if (facts := _generated(path)) is not None:
        lines = [f"{name}: {value}" for name, value in facts.items()]
    else:
        from videeg_pipe.reader.checks import open_release, reading

        with reading(path), open_release(path) as file:
            lines = list(_summary(file))
    print("\n".join(lines))


def _generated(path: Path) -> dict[str, Any] | None:
    """Return the facts of continuous EEG that `videeg generate` wrote as .h5; None otherwise."""
    import h5py

    if not path.is_file() or not h5py.is_hdf5(path):
        return None
    try:
        with h5py.File(path) as file:
            if "provenance" not in file.attrs:
                return None
            shape = "x".join(map(str, file["eeg"].shape))
            names = ("title", "stimulus", "sfreq", "units", "provenance")
            return {name: file.attrs[name] for name in names} | {
                "eeg (draws x channels x n)": shape
            }
    except (OSError, KeyError, AttributeError):  # missing, or not an array
        return None


def generator_summary(folder: Path) -> Iterator[str]:
    """Yield lines about a generator.

    Raises:
        UserError: if the folder is not a generator's.
    """
    from videeg_pipe.contracts.generator_folder import (
        COPY_AGAIN,
        MODEL,
        RECORD,
        read_folder_record,
    )
    from videeg_pipe.runtime.files import entries_of, read_record

    record = read_folder_record(folder)
    model = read_record(folder / MODEL, next_step=COPY_AGAIN)
    with entries_of(folder / RECORD, next_step=COPY_AGAIN):
        clip = record["embed"]["model"]
    with entries_of(folder / MODEL, next_step=COPY_AGAIN):
        layout = model["layout"]
        yield (
            f"{model['name']}, a generator of SYNTHETIC EEG (schema {record['schema_version']}, "
            f"videeg-pipe {record['videeg_pipe']})"
        )
        yield (
            f"{len(layout['channels'])} channels at {layout['sfreq']:g} Hz, {record['l_freq']:g} "
            f"to {record['h_freq']:g} Hz, {record['reference']} reference"
        )
        yield f"trained on {model['n_train_windows']} windows of {record['source']}"
        yield f"people: {', '.join(layout['subjects'])}"
        yield f"channels: {', '.join(layout['channels'])}"
        yield f"CLIP: {clip}; parameters: {model['parameters']}"
    if record["description_r"] is not None:
        r = record["description_r"]
        yield f"EEG for two different descriptions of a new person correlates with r = {r:.4f}"


def _summary(file: "h5py.File") -> Iterator[str]:
    facts, splits = file.attrs, file["split"].asstr()[:].tolist()
    yield f"{facts['title']} {facts['version']} (schema {facts['schema_version']}), SYNTHETIC EEG"
    yield f"{len(splits)} samples of {facts['units']} at {facts['sfreq']:g} Hz, reference " + str(
        facts["reference"]
    )
    yield ", ".join(f"{name} {splits.count(name)}" for name in dict.fromkeys(splits))
    for name in ("subject", "concept", "emotion"):
        yield f"{name}s: {', '.join(sorted(set(file[name].asstr()[:])))}"
    yield f"made from {facts['source']}, protocol {facts['protocol']}, licence {facts['license']}"
    yield from (f"  {key}: {value}" for key, value in json.loads(facts["generator"]).items())
    fields = {name: field for name, field in file.items() if hasattr(field, "shape")}
    for name, dataset in fields.items():
        yield f"{name:18} {'x'.join(map(str, dataset.shape)):18} {dataset.attrs['description']}"
