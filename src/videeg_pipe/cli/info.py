"""`videeg info`: summarise a release."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py


def add_parser(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the subcommand to those of `videeg`."""
    parser = commands.add_parser("info", help="summarise a release")
    parser.add_argument("release", type=Path, help="videeg-gen.h5")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the release's title, labels, generator and datasets.

    Raises:
        UserError: if the file is not a release.
    """
    import h5py

    from videeg_pipe.dataset import VidEEGDataset, reading  # imports torch, which takes seconds

    VidEEGDataset(options.release)  # raises a one-line error if the file is not a release
    with reading(options.release), h5py.File(options.release) as file:
        lines = list(_summary(file))
    print("\n".join(lines))
    return 0


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
