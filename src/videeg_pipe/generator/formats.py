"""File formats of generated EEG."""

import json
import re
import warnings
from collections.abc import Callable
from glob import escape
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import mne
import mne_bids
import numpy as np
import zarr

from videeg_pipe import __version__
from videeg_pipe.contracts.generator_folder import check_outside
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.mne_raw import raw_in_pieces
from videeg_pipe.reader.bids import describe_generated, write_stand_in
from videeg_pipe.runtime.disk import (
    FREE_SPACE,
    MORE_BYTES,
    full_disk_named,
    take_space,
    trim,
)
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import rename_all, sync, temporary_folder
from videeg_pipe.runtime.interrupts import deferred_interrupt
from videeg_pipe.runtime.targets import check_new, check_writable

_MNE = (".fif", ".edf", ".bdf", ".vhdr", ".set")
_SAY_NOTHING = (".edf", ".bdf", ".vhdr", ".set")  # formats without a place for provenance
_PROVENANCE = "generated.json"  # in folders
FORMATS = (*_MNE, ".h5", ".zarr")
"""Endings of files; a path without an ending becomes a BIDS data set."""
_README = """SYNTHETIC EEG, generated for a stimulus. Nobody was recorded.

Each run is one draw: the same person and stimulus with other noise. generated.json states the
generator, the person, the seed and the sampler. events.tsv names the stimulus, which is not part of
these data: the text in stimuli/ stands in for it.
"""


def check_target(path: Path, draws: int, *, overwrite: bool) -> None:
    """Refuse a path that cannot be written, before any work is done.

    Raises:
        UserError: for an unknown ending, an existing file without `overwrite`, an existing folder
            that no earlier call wrote, a folder that does not exist or cannot be written to, or the
            folder of a generator.
    """
    bare = path.name in FORMATS  # an ending alone, not a suffix
    if not path.name or bare or (path.suffix and path.suffix not in FORMATS):
        raise UserError(
            str(path),
            expected=f"a name with an ending among {', '.join(FORMATS)}, or none for BIDS",
            found="an ending alone" if bare else path.suffix or "a folder that exists",
            next_step="choose another name",
        )
    check_outside(path)
    for file in _replaced(path, draws):
        is_folder = path.suffix in ("", ".zarr")
        ours = (file / _PROVENANCE).is_file() if is_folder else file.is_file()
        check_new(file, overwrite=overwrite, ours=ours)
    check_writable(path.parent)


def save(eeg: GeneratedEeg, path: Path, *, overwrite: bool = False) -> list[Path]:
    """Write generated EEG; nothing appears under its final name before it is complete.

    Args:
        eeg: Draws of one stimulus.
        path: The ending names the format: .fif, .edf, .bdf, .vhdr (with .eeg and .vmrk), .set, .h5
            or .zarr. A path without an ending becomes a BIDS data set. Several draws become
            several files `<name>_draw-<k>` in MNE's formats, several runs in BIDS, and one array
            in .h5 and .zarr. Formats without a place for it get the provenance as a .json beside.
        overwrite: Whether the files of an earlier call with this path may be replaced, all of
            them: of three draws, none remains beside two new ones.

    Returns:
        The main files, or folders, in the order of the draws.

    Raises:
        UserError: see `check_target`, or if the disk is full.
    """
    check_target(path, len(eeg.data), overwrite=overwrite)
    files = files_of(path, len(eeg.data))
    with (
        temporary_folder(path) as folder,
        full_disk_named(path, FREE_SPACE, written=folder),
    ):
        made = folder / "new"
        made.mkdir()
        writers: dict[str, Callable[[GeneratedEeg, Path], None]] = {
            "": _write_bids,
            ".h5": _write_h5,
            ".zarr": _write_zarr,
        }
        if path.suffix in writers:
            writers[path.suffix](eeg, made / path.name)
        else:
            for draw, file in enumerate(files):
                _write_mne(raw_in_pieces(eeg, draw), made / file.name)
                if path.suffix in _SAY_NOTHING:
                    _write_json(made / f"{file.name}.json", _attributes(eeg))
        aside = folder / "old"  # goes with the temporary folder
        aside.mkdir()
        replaced = [one for one in _replaced(path, len(eeg.data)) if one.exists()]
        old = [(one, aside / one.name) for one in replaced]
        new = [(one, path.parent / one.name) for one in sorted(made.iterdir())]
        for _, target in new:
            if target not in replaced:  # MNE splits files of more than 2 GB
                check_new(target, overwrite=False, ours=False)
        sync(*made.rglob("*"))
        rename_all([*old, *new])
        sync(path.parent)
    return files


def files_of(path: Path, draws: int) -> list[Path]:
    """Return the main files that `save` writes: one per draw in MNE's formats."""
    if draws == 1 or path.suffix not in _MNE:
        return [path]
    return [path.with_name(f"{path.stem}_draw-{k + 1}{path.suffix}") for k in range(draws)]


def _replaced(path: Path, draws: int) -> list[Path]:
    """Return what `save` writes, and what earlier calls with other numbers of draws left."""
    name = re.compile(rf"{re.escape(path.stem)}(_draw-[1-9]\d*)?{re.escape(path.suffix)}")
    numbered = path.parent.glob(f"{escape(path.stem)}_draw-*") if path.suffix in _MNE else ()
    earlier = [one for one in (path, *sorted(numbered)) if name.fullmatch(one.name)]
    files = []
    for file in dict.fromkeys([*files_of(path, draws), *earlier]):
        files.append(file)
        if file.suffix == ".vhdr":
            files += [file.with_suffix(end) for end in (".eeg", ".vmrk")]
        if file.suffix in _SAY_NOTHING:
            files.append(file.with_name(f"{file.name}.json"))
    return files


def _write_mne(raw: mne.io.BaseRaw, path: Path) -> None:
    with warnings.catch_warnings():  # about conventions for file names
        warnings.simplefilter("ignore", RuntimeWarning)
        if path.suffix == ".fif":
            raw.save(path, verbose="error")
        else:
            if path.suffix == ".vhdr":  # commas separate the entries of a marker; \1 is a comma
                texts = set(raw.annotations.description)
                raw.annotations.rename({text: text.replace(",", r"\1") for text in texts})
            mne.export.export_raw(path, raw, verbose="error")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _attributes(eeg: GeneratedEeg) -> dict[str, Any]:
    return {
        "title": "SYNTHETIC EEG",
        "units": "uV",
        "sfreq": eeg.sfreq,
        "channel_names": list(eeg.channels),
        "channel_positions_m": eeg.positions_m.tolist(),
        "band_hz": list(eeg.band_hz),
        "stimulus": eeg.stimulus,
        "provenance": json.dumps(eeg.provenance),
    }


def _write_h5(eeg: GeneratedEeg, path: Path) -> None:
    with h5py.File(path, "w") as file:
        take_space(path, eeg.data.nbytes + MORE_BYTES)
        stored = file.create_dataset(
            "eeg", eeg.data.shape, np.float32, compression="gzip", shuffle=True
        )
        for part in stored.iter_chunks():
            stored[part] = eeg.data[part]
        file.attrs.update(_attributes(eeg))
    trim(path)


def _write_zarr(eeg: GeneratedEeg, path: Path) -> None:
    n_draws, n_channels, n_samples = eeg.data.shape
    one = (1, n_channels, min(n_samples, round(60 * eeg.sfreq)))  # a minute of one draw
    # a thread of Zarr writes: an interrupt waits for it, so that the removed folder stays away
    with deferred_interrupt():
        group = zarr.open_group(str(path), mode="w", attributes=_attributes(eeg))
        array = group.create_array("eeg", shape=eeg.data.shape, chunks=one, dtype="float32")
    for draw, start in product(range(n_draws), range(0, n_samples, one[-1])):
        part = (draw, slice(None), slice(start, start + one[-1]))
        with deferred_interrupt():
            array[part] = eeg.data[part]
    _write_json(path / _PROVENANCE, eeg.provenance)


def _write_bids(eeg: GeneratedEeg, path: Path) -> None:
    """Write a BIDS derivative with one run per draw; its events name the stimulus.

    `stim_file` must exist, so a line of text stands in for the stimulus.
    """
    name = str(eeg.provenance["person"]["name"] or "new")
    subject = re.sub("^sub-?|[^A-Za-z0-9]", "", name) or "1"
    stimulus = " ".join(eeg.stimulus.split())
    for draw in range(len(eeg.data)):
        place = mne_bids.BIDSPath(
            subject=subject, task="video", run=draw + 1, suffix="eeg", datatype="eeg", root=path
        )
        raw = raw_in_pieces(eeg, draw)
        raw.info["line_freq"] = None
        shown = raw.annotations
        shown.extras = [{"stim_file": "stimulus.txt", "stimulus": stimulus}]
        raw.set_annotations(shown)
        mne_bids.write_raw_bids(
            raw,
            place,
            extra_columns_descriptions={
                "stim_file": "Text that stands in for the stimulus.",
                "stimulus": "Name of the stimulus, which is not part of these data.",
            },
            format="BrainVision",
            allow_preload=True,
            readme=False,
            verbose="error",
        )
        describe_generated(
            place,
            reference=eeg.provenance.get("reference"),  # absent from files of earlier versions
            band_hz=eeg.band_hz,
            seconds=eeg.seconds,
            kind="continuous",
        )
    mne_bids.make_dataset_description(
        path=path,
        name="SYNTHETIC EEG",
        dataset_type="derivative",
        authors=["nobody: generated by videeg-pipe"],
        generated_by=[{"Name": "videeg-pipe", "Version": __version__}],
        overwrite=True,
        verbose="error",
    )
    write_stand_in(path, "stimulus", stimulus)
    (path / "README").write_text(_README, encoding="utf-8")
    _write_json(path / _PROVENANCE, eeg.provenance)
    (path / ".bidsignore").write_text(f"{_PROVENANCE}\n", encoding="utf-8")
