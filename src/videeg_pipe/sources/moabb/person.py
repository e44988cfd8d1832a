"""Read one person's recordings through MOABB, and write blocks, trials and stimulus programs."""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import electrode_positions, standard_positions
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import atomic_path, sha256_file, write_record
from videeg_pipe.sources.moabb.codes import code_trials
from videeg_pipe.sources.moabb.datasets import DataSet
from videeg_pipe.sources.moabb.listing import block_file, program_file
from videeg_pipe.sources.moabb.phase import trial_starts
from videeg_pipe.sources.recording import BOUNDARY, head_montage
from videeg_pipe.sources.subjects import natural_order

logger = logging.getLogger(__name__)

_M_PER_MM = 1e-3
_LARGEST_M = 0.2  # distance of an electrode from the head's centre
_FOLDER_OF_ONE = re.compile("MNE_DATASETS_.*_PATH")  # option of MNE; outweighs MNE_DATA
_SPARE_S = 2.0  # of a program, behind a trial: a start in its cycle, and rounding


@dataclass(frozen=True)
class Trial:
    """One trial: what was shown, and when."""

    run: int
    sample: int  # of MOABB's event
    stimulus: str  # name of the program


@dataclass(frozen=True)
class Recorded:
    """Runs and events of one person, as MOABB returns them."""

    runs: list[mne.io.BaseRaw]  # in order
    events: Mapping[int, str]  # MOABB's code to its name


def write_person(row: DataSet, person: int, *, data: Path, record: Path) -> None:
    """Read one person through MOABB and write everything that later jobs need.

    Args:
        row: Facts of the data set.
        person: The person's number in MOABB.
        data: Folder of MOABB's files, as MNE_DATA; missing files are downloaded into it.
        record: Output, written last: the trials, and the checksums of the files beside it. These
            are one FIF file per block and one program per stimulus.

    Raises:
        UserError: if MOABB is not installed, has no file and cannot download it, if a run ends
            within a trial, or if the blocks are others than the table of facts says.
    """
    recorded = load_runs(row, person, data)
    runs = [
        raw
        for number, raw in enumerate(recorded.runs, start=1)
        if (person, number) not in row.copied
    ]
    found: list[str] = []
    trials, programs = _trials(row, runs, recorded.events)
    _check_ends(row, person, runs, trials)
    raws = [_eeg(raw, row.divisor, found) for raw in runs]
    blocks = _blocks(row, trials)
    expected = row.n_blocks_of(person)
    if row.blocks == "run":
        blocks, raws = blocks[:expected], raws[: -(-expected // row.parts)]
    else:  # each shows every target once
        blocks = [own for own in blocks if len(own) == len(programs)]
    if len(blocks) != expected:
        raise UserError(
            f"{row.name}, person {person}",
            expected=f"trials of {expected} blocks",
            found=f"those of {len(blocks)}",
            next_step="put all files of this person into source.path",
        )
    rows: list[dict[str, Any]] = []
    for block, members in enumerate(blocks, start=1):
        piece, onsets = _cut(row, raws, blocks, block - 1)
        with atomic_path(record.parent / block_file(block)) as temporary:
            piece.save(temporary, verbose="error")
        rows += [
            {"block": block, "onset_s": onset, "stimulus": trial.stimulus}
            for trial, onset in zip(members, onsets, strict=True)
        ]
    table = pd.DataFrame(rows).assign(start_s=0.0, phase_known=True)
    _find_phases(row, programs, table, record.parent)
    for name in sorted(set(table["stimulus"])):
        program = {**programs[name], "duration_s": row.trial_s + _SPARE_S}
        with atomic_path(record.parent / program_file(name)) as temporary:
            temporary.write_text(json.dumps(program, indent=1) + "\n", encoding="utf-8")
    files = [block_file(block) for block in range(1, len(blocks) + 1)]
    files += [program_file(name) for name in sorted(set(table["stimulus"]))]
    content = {
        "trials": table.to_dict("records"),
        "found": sorted(set(found)),
        "files": {name: sha256_file(record.parent / name) for name in files},
    }
    write_record(record, content)
    logger.info("%s, person %d: %d trials in %d blocks", row.name, person, len(rows), len(blocks))


def load_runs(row: DataSet, person: int, data: Path) -> Recorded:
    """Read the runs of one person through MOABB's class.

    Raises:
        UserError: if MOABB is not installed, or a file is missing and cannot be downloaded.
    """
    data.mkdir(parents=True, exist_ok=True)
    own = [name for name in (*os.environ, *mne.get_config()) if _FOLDER_OF_ONE.fullmatch(name)]
    for name in ("MNE_DATA", *own):
        os.environ[name] = str(data.resolve())
    os.environ.setdefault("MOABB_DOWNLOAD_PROVIDER", "upstream")  # others ask the network always
    try:
        import moabb.datasets  # slow to import, and optional
    except ImportError:
        raise UserError(
            "source.kind moabb",
            expected="the Python package moabb",
            found="no such package",
            next_step="pip install '.[moabb]' in the repository",
        ) from None
    dataset = getattr(moabb.datasets, row.name)()
    try:
        sessions = dataset.get_data([person])[person]
    except Exception as error:  # MOABB's classes raise errors of many types
        raise UserError(
            f"{row.name}, person {person}",
            expected=f"MOABB's files in {data}, or a network to download them",
            found=f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}",
            next_step=f"connect to the network once, or put the files from {row.publishes} into "
            f"{data}: docs/how-to/moabb.md",
        ) from error
    return Recorded(
        [raw for own in _in_order(sessions) for raw in _in_order(own)],
        {code: name for name, code in dataset.event_id.items()},
    )


def _in_order(named: Mapping[str, Any]) -> list[Any]:
    """Sessions or runs by their names: 2 before 10."""
    return [named[name] for name in sorted(named, key=lambda name: natural_order(Path(name)))]


def _trials(
    row: DataSet, runs: Sequence[mne.io.BaseRaw], names: Mapping[int, str]
) -> tuple[list[Trial], dict[str, Mapping[str, Any]]]:
    """Trials in the order of time, and the entries of their programs by name."""
    if row.code_rate is not None:
        found = [
            (number, sample, name, entries)
            for number, raw in enumerate(runs)
            for sample, name, entries in code_trials(raw, row.code_rate, row.trial_s)
        ]
        trials = [Trial(number, sample, name) for number, sample, name, _ in found]
        return trials, {name: entries for *_, name, entries in found}
    assert row.stimuli is not None  # a row has codes or stimuli
    trials = []
    for number, raw in enumerate(runs):
        events = mne.find_events(raw, shortest_event=0, verbose="error")
        trials += [
            Trial(number, int(sample) - raw.first_samp, program_name(names[code]))
            for sample, _, code in events
            if code in names
        ]
    return trials, {program_name(name): entries for name, entries in row.stimuli.items()}


def _check_ends(
    row: DataSet, person: int, runs: Sequence[mne.io.BaseRaw], trials: Sequence[Trial]
) -> None:
    """Raise a UserError if a run ends within a trial."""
    length_s = row.epoch_s or row.delay_s + row.trial_s
    for trial in trials:
        raw = runs[trial.run]
        left_s = (raw.n_times - trial.sample) / raw.info["sfreq"]
        if round((length_s - left_s) * raw.info["sfreq"]) > 0:
            raise UserError(
                f"{row.name}, person {person}, run {trial.run + 1}",
                expected=f"{length_s:g} s of every trial",
                found=f"{left_s:g} s of the one at {trial.sample / raw.info['sfreq']:.3f} s",
                next_step="delete the files of this person in source.path and run again",
            )


def program_name(event: str) -> str:
    """Name the program of one of MOABB's events: flicker-13hz, or the event's own name."""
    try:
        return f"flicker-{float(event):g}hz"
    except ValueError:
        return event


def _blocks(row: DataSet, trials: Sequence[Trial]) -> list[list[Trial]]:
    """Group trials into blocks."""
    if row.blocks == "repeat":
        counts: dict[str, int] = {}
        blocks: list[list[Trial]] = []
        for trial in trials:
            place = counts.get(trial.stimulus, 0)
            counts[trial.stimulus] = place + 1
            if place == len(blocks):
                blocks.append([])
            blocks[place].append(trial)
        return blocks
    runs = sorted({trial.run for trial in trials})
    members = [[trial for trial in trials if trial.run == run] for run in runs]
    return [
        [own[k] for k in part]
        for own in members
        for part in np.array_split(np.arange(len(own)), row.parts)
        if len(part)
    ]


def _cut(
    row: DataSet, raws: Sequence[mne.io.RawArray], blocks: Sequence[Sequence[Trial]], place: int
) -> tuple[mne.io.RawArray, list[float]]:
    """The recording of one block, and the start of each stimulus in it, in seconds."""
    members, sfreq = blocks[place], raws[0].info["sfreq"]
    if row.epoch_s is not None:  # the authors cut trials: nothing between them belongs together
        n = round(row.epoch_s * sfreq)
        pieces = [raws[trial.run].get_data(start=trial.sample, stop=trial.sample + n)
                  for trial in members]  # fmt: skip
        joined = _raw(np.concatenate(pieces, axis=1), raws[0].info)
        edges = [k * n / sfreq for k in range(1, len(pieces))]
        joined.set_annotations(mne.Annotations(edges, [0.0] * len(edges), [BOUNDARY] * len(edges)))
        return joined, [k * n / sfreq + row.delay_s for k in range(len(members))]
    raw, run = raws[members[0].run], members[0].run
    before = [own for own in blocks[:place] if own[0].run == run]
    after = [own for own in blocks[place + 1 :] if own[0].run == run]
    start = _between(before[-1][-1], members[0], row, sfreq) if before else 0
    stop = _between(members[-1], after[0][0], row, sfreq) if after else raw.n_times
    onsets = [(trial.sample - start) / sfreq + row.delay_s for trial in members]
    return _raw(raw.get_data(start=start, stop=stop), raw.info), onsets


def _between(earlier: Trial, later: Trial, row: DataSet, sfreq: float) -> int:
    """Sample in the middle of the pause between two trials."""
    end = earlier.sample + round((row.delay_s + row.trial_s) * sfreq)
    return (end + later.sample) // 2


def _raw(volts: NDArray[np.float64], info: mne.Info) -> mne.io.RawArray:
    return mne.io.RawArray(volts, info.copy(), verbose="error")


def _eeg(raw: mne.io.BaseRaw, divisor: float, found: list[str]) -> mne.io.RawArray:
    """The EEG channels with a position, in volts and metres."""
    raw = raw.copy().load_data().pick("eeg", exclude=())
    places = np.array([channel["loc"][:3] for channel in raw.info["chs"]], np.float64)
    known = np.isfinite(places).all(axis=1) & (places != 0).any(axis=1)
    names = list(raw.ch_names)
    if not known.any():
        known = np.array([name.upper() in standard_positions() for name in names])
        places[known] = electrode_positions(
            tuple(name for name, is_known in zip(names, known, strict=True) if is_known)
        )
        found.append("Electrodes have no positions: those of the 10-05 template are taken.")
    elif np.median(np.linalg.norm(places[known], axis=1)) > _LARGEST_M:
        places = places * _M_PER_MM
        found.append("Electrode positions are in millimetres, although the file says metres.")
    lacking = [name for name, is_known in zip(names, known, strict=True) if not is_known]
    if lacking:
        found.append(f"Channels without a position are left out: {listed(lacking)}.")
    kept = [name for name in names if name not in lacking]
    own = mne.io.RawArray(
        raw.get_data(picks=kept) / divisor,
        mne.create_info(kept, raw.info["sfreq"], "eeg"),
        verbose="error",
    )
    own.set_montage(head_montage(tuple(kept), places[known]))
    return own


def _find_phases(
    row: DataSet, programs: Mapping[str, Mapping[str, Any]], trials: pd.DataFrame, folder: Path
) -> None:
    """Let trials of a flicker of unknown phase start where their response says, in place."""
    unknown = {
        name: float(entries["frequency"])
        for name, entries in programs.items()
        if entries["kind"] == "flicker" and entries["phase"] is None
    }
    if not unknown:
        return
    cut = dict(_stimulated(row, trials, folder))
    for name, frequency in unknown.items():
        rows = np.flatnonzero(trials["stimulus"] == name)
        if len(rows):
            windows, sfreq = np.stack([cut[int(at)][0] for at in rows]), cut[int(rows[0])][1]
            trials.loc[rows, "start_s"] = trial_starts(windows, sfreq, frequency)
            trials.loc[rows, "phase_known"] = False


def _stimulated(
    row: DataSet, trials: pd.DataFrame, folder: Path
) -> Iterator[tuple[int, tuple[NDArray[np.float64], float]]]:
    """Row of each trial, its EEG during the stimulus, (C, T), and the sampling rate."""
    for block, own in trials.groupby("block"):
        raw = mne.io.read_raw_fif(folder / block_file(int(str(block))), verbose="error")
        sfreq = raw.info["sfreq"]
        for at, onset in own["onset_s"].items():
            first = round(onset * sfreq)
            n = round(row.trial_s * sfreq)
            yield int(str(at)), (raw.get_data(start=first, stop=first + n), sfreq)
