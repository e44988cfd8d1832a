"""`videeg inspect`: summarise a release, a generator or a recording."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videeg_pipe.runtime.errors import UserError, printable

if TYPE_CHECKING:
    import h5py


EXAMPLE = "videeg inspect results/release/videeg-gen.h5"


def run(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="videeg-gen.h5 or its folder, results of a run, folder of a generator, EEG of "
            "videeg generate, or EDF, BDF, BrainVision, EEGLAB or FIF.",
        ),
    ],
) -> None:
    """Summarise a release, a generator or a recording; `videeg info` is the same.

    Raises:
        UserError: if the path is none of them.
    """
    print("\n".join(map(printable, _summary(path))))


def _summary(path: Path) -> Iterator[str]:
    from videeg_pipe.reader.generated import generated_facts
    from videeg_pipe.reader.readable import check_readable

    check_readable(path)
    if (facts := generated_facts(path)) is not None:
        yield from (f"{name}: {value}" for name, value in facts.items())
        return
    if _is_recording(path):
        yield from _recording(path)
        return
    if path.is_dir():
        from videeg_pipe.explore.contents import find_contents

        contents = find_contents(path)
        if contents.release is None:
            yield from generator_summary(path)
            return
        path = contents.release
        check_readable(path)
    from videeg_pipe.reader.checks import open_release, reading

    with reading(path), open_release(path) as file:
        yield from _release(file)


def _is_recording(path: Path) -> bool:
    """Tell by the ending of a name whether MNE may read the file."""
    from videeg_pipe.sources.bids.listing import FORMATS

    return path.name.lower().endswith((*FORMATS, ".fif", ".fif.gz"))


def _recording(path: Path) -> Iterator[str]:
    """Yield lines about a recording, or a file of epochs; its EEG is not read.

    Raises:
        UserError: if the file is missing, holds neither, or cannot be read.
    """
    import mne

    from videeg_pipe.external_eeg.read_recordings import content_of
    from videeg_pipe.runtime.files import missing
    from videeg_pipe.sources.bids.lone_files import reading
    from videeg_pipe.sources.recording import open_raw

    if not path.exists():
        raise missing(path)
    expected = "a recording or epochs"
    content = content_of(path)
    if content == "other":
        found, advice = "a FIF file of something else", "name another file"
        raise UserError(str(path), expected=expected, found=found, next_step=advice)
    with reading(path, expected=expected, next_step="copy or export it again"):
        eeg: Any
        if content == "epochs":
            eeg = mne.read_epochs(path, preload=False)
        else:
            try:
                eeg, _ = open_raw(path)
            except TypeError:  # EEGLAB's .set holds one or the other
                eeg = mne.read_epochs_eeglab(path)
        types = Counter(eeg.get_channel_types())
        if isinstance(eeg, mne.BaseEpochs):
            length = f"{len(eeg)} epochs of {len(eeg.times)} time points"
            counts = {name: len(eeg[name]) for name in eeg.event_id}
        else:
            length = f"{eeg.n_times / eeg.info['sfreq']:g} s"
            counts = dict(eeg.annotations.count())
    info = eeg.info
    yield info["description"] or "no description"
    yield f"{length} at {info['sfreq']:g} Hz, {info['highpass']:g} to {info['lowpass']:g} Hz"
    channels = ", ".join(f"{count} {name}" for name, count in types.items())
    yield f"{channels} channels: {', '.join(info['ch_names'])}"
    montage = eeg.get_montage()
    placed = montage.get_positions()["ch_pos"] if montage else {}
    yield f"{len(placed)} electrodes with a position"
    if info["bads"]:
        yield f"marked as bad: {', '.join(info['bads'])}"
    yield from (f"{count} x {name}" for name, count in counts.items())


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


def _release(file: "h5py.File") -> Iterator[str]:
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
