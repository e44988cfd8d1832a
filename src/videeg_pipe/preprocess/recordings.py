"""Clean the recordings of one subject, one at a time."""

import logging
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.contracts.montage import (
    FEW,
    HEAD_CENTRE_M,
    SEED_DV_CHANNELS,
    electrode_positions,
)
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.preprocess.bad_channels import find_bad_channels, flat_channels
from videeg_pipe.preprocess.channels import match_channels, shared_positions
from videeg_pipe.preprocess.ica import Artefacts, check_icalabel, find_artefacts
from videeg_pipe.preprocess.plans import REASONS, check_filters, check_montage, listed_segments
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import (
    TEMPORARY,
    remove_leftovers,
    sha256_file,
    write_npy,
    write_record,
)
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.recording import (
    PAUSE,
    bridge,
    head_montage,
    load_recording,
    load_truth,
)

logger = logging.getLogger(__name__)


def preprocess_subject(
    subject: str,
    *,
    source: str,
    recordings: Path,
    config: PreprocessOptions,
    seed: int,
    manifest: Path,
) -> None:
    """Clean all recordings of a subject and write them in the format of contracts.stores.

    The arrays lie beside the manifest, float32, microvolts, (C, N). They appear under their names
    when all are complete, the manifest last.

    Args:
        subject: Name of the subject.
        source: Name of the source in `SOURCES`.
        recordings: The `recordings` table.
        config: Filter, bad channels, artefacts, reference and sampling rate.
        seed: Seed of the run.
        manifest: `eeg/<subject>.json`.

    Raises:
        UserError: if a recording is not as in the table, if a filter does not fit its sampling
            rate, if too many channels are bad, if a flat one is kept, if artefacts cannot be found,
            or if two recordings have different channels.
    """
    if config.ica == "icalabel":
        check_icalabel()
    table = read_table(recordings, "recordings")
    rows = list(table[table["subject"] == subject].itertuples(index=False))
    if not rows:
        raise UserError(
            str(recordings),
            expected=f"recordings of {subject}",
            found=f"those of {', '.join(table['subject'].unique())}",
            next_step="correct source.subjects",
        )
    for row in rows:
        check_filters(row, config)
        check_montage(row, config)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    check_space(manifest.parent, sum(_n_bytes(row, config) for row in rows))
    prefix = f".{subject}{TEMPORARY}"
    remove_leftovers(manifest.parent, prefix)  # of a killed run
    with TemporaryDirectory(dir=manifest.parent, prefix=prefix) as staging:
        with mne.use_log_level("WARNING"):
            done: list[dict[str, Any]] = []
            for row in progress(rows, f"recordings of {subject}"):
                names = done[0]["channels"] if done else None
                done.append(_preprocess_recording(source, row, config, seed, Path(staging), names))
        record = _record(subject, config, done)  # may fail, so before old files are replaced
        for row in rows:
            for name in (f"{row.recording_id}.npy", f"{row.recording_id}_truth.npy"):
                if Path(staging, name).exists():
                    Path(staging, name).replace(manifest.parent / name)
                else:  # the truth of an earlier source
                    (manifest.parent / name).unlink(missing_ok=True)
    write_record(manifest, record)


def _record(subject: str, config: PreprocessOptions, done: list[dict[str, Any]]) -> dict[str, Any]:
    """Make the manifest of a subject's recordings; raise a UserError where they differ."""
    of = {entry["recording"]["recording_id"]: entry for entry in done}
    match_channels({name: entry["channels"] for name, entry in of.items()})
    channels = done[0]["channels"]
    return {
        "subject": subject,
        "channels": channels,
        "positions_m": shared_positions(
            channels, {name: entry["positions_m"] for name, entry in of.items()}
        ),
        "sfreq": config.sfreq,
        "reference": config.reference,
        "recordings": [entry["recording"] for entry in done],
    }


def _preprocess_recording(
    source: str,
    row: Any,
    config: PreprocessOptions,
    seed: int,
    folder: Path,
    channels: list[str] | None,
) -> dict[str, Any]:
    """Clean one recording and its truth into `folder`; return its entry for the manifest.

    Where it has exactly the named channels, they are put into that order.
    """
    raw = load_recording(source, row)
    if channels and raw.ch_names != channels and set(raw.ch_names) == set(channels):
        logger.info("%s: its channels are put into the order of the first", row.recording_id)
        raw.reorder_channels(channels)
    bads = find_bad_channels(
        raw, config, name=row.recording_id, seed=derive_seed(seed, "bad channels", row.recording_id)
    )
    if bads:
        logger.info("%s: bad channels %s", row.recording_id, ", ".join(bads))
    raw.info["bads"] = bads
    truth = load_truth(source, row, raw)
    segments = listed_segments(raw.annotations)  # MNE's interpolation onto a montage drops them
    annotations, n_recorded = raw.annotations, len(raw.ch_names) - len(bads)
    flat = flat_channels(raw)
    raw = clean(raw, config)
    _check_kept(set(flat) & set(raw.info["bads"]), row.recording_id)
    artefacts = None
    if config.ica == "icalabel":
        raw.set_annotations(annotations)
        artefacts = find_artefacts(raw, n_recorded=n_recorded, name=row.recording_id)
    eeg = resample(_without(raw, artefacts), raw.info["sfreq"], config.sfreq)
    path = folder / f"{row.recording_id}.npy"
    write_npy(path, _microvolts(eeg))
    entry = {
        "recording_id": row.recording_id,
        "subject": row.subject,
        "n_samples": eeg.shape[1],
        "sha256": sha256_file(path),
        "bad_channels": bads,
        "segments": segments,
    }
    if artefacts is not None:
        entry["ica"] = {"n_components": artefacts.n_components, "removed": artefacts.removed}
    if truth is not None:
        evoked = resample(_without(clean(truth, config), artefacts), row.sfreq, config.sfreq)
        path = folder / f"{row.recording_id}_truth.npy"
        write_npy(path, _microvolts(evoked))
        entry["truth_sha256"] = sha256_file(path)
    return {
        "recording": entry,
        "channels": raw.ch_names,
        "positions_m": [channel["loc"][:3].tolist() for channel in raw.info["chs"]],
    }


def _n_bytes(row: Any, config: PreprocessOptions) -> int:
    """Return about the bytes of a clean recording, float32."""
    return round(row.n_channels * row.n_samples * config.sfreq / row.sfreq) * 4


def _check_kept(flat: set[str], name: str) -> None:
    """Raise a UserError for flat channels that are kept: scores of their spectra are undefined."""
    if flat:
        raise UserError(
            f"preprocess.bad_channels keep with recording {name}",
            expected="a signal in every channel that is kept",
            found=f"flat {listed(sorted(flat))}",
            next_step="set preprocess.bad_channels to interpolate",
        )


def clean(raw: mne.io.RawArray, config: PreprocessOptions) -> mne.io.RawArray:
    """Filter, interpolate bad channels, map onto a montage and re-reference.

    All steps are linear and depend on the data only through `info["bads"]`, so that they apply to
    the true evoked part likewise. Parts of the recording on both sides of a pause or break are
    filtered separately.

    Args:
        raw: Volts, changed in place. Bad channels that are kept are excluded from the average
            reference and from the interpolation onto another montage.
        config: Filters, bad channels, montage and reference.

    Returns:
        The clean recording, still at its own sampling rate.
    """
    if config.notch_hz is not None:
        raw.notch_filter(config.notch_hz)
    raw.filter(config.l_freq, config.h_freq)  # zero-phase FIR, not across pauses and breaks
    if PAUSE in raw.annotations.description:
        raw.apply_function(
            _bridge_pauses,
            channel_wise=False,
            segments=listed_segments(raw.annotations),
            sfreq=raw.info["sfreq"],
        )
    if config.bad_channels == "interpolate" and raw.info["bads"]:
        origin = HEAD_CENTRE_M if len(raw.ch_names) < FEW else "auto"
        raw.interpolate_bads(reset_bads=True, origin=origin)  # spherical splines
    if config.montage == "seed-dv" and tuple(raw.ch_names) != SEED_DV_CHANNELS:
        seed_dv = head_montage(SEED_DV_CHANNELS, electrode_positions())
        raw = raw.interpolate_to(seed_dv, method="spline")
        raw.info["bads"] = []
    if config.reference == "average":
        raw.set_eeg_reference("average")
    return raw


def _without(raw: mne.io.RawArray, artefacts: Artefacts | None) -> NDArray[np.float64]:
    """Return the volts, (C, N), after the linear map that removes artefacts."""
    volts = raw.get_data()
    return volts if artefacts is None else artefacts.removal @ volts


def _bridge_pauses(
    volts: NDArray[np.float64], segments: list[dict[str, Any]], sfreq: float
) -> NDArray[np.float64]:
    """Fill pauses again: filters left them as they were."""
    for segment in segments:
        if segment["reason"] == REASONS[PAUSE]:
            start = round(segment["onset_s"] * sfreq)
            bridge(volts, start, start + round(segment["duration_s"] * sfreq))
    return volts


def resample(eeg: NDArray[np.float64], sfreq: float, new_sfreq: float) -> NDArray[np.float64]:
    """Resample so that sample k of the result lies at k / new_sfreq seconds.

    MNE's resampling fits a whole number of new samples into a recording and so stretches it by up
    to a sample; a polyphase filter with the exact ratio does not.

    Args:
        eeg: (C, N), band-limited below both Nyquist frequencies.
        sfreq: Its rate, Hz.
        new_sfreq: The new rate, Hz.

    Returns:
        (C, ceil(N * new_sfreq / sfreq)).
    """
    ratio = Fraction(new_sfreq / sfreq).limit_denominator(10_000)
    return resample_poly(eeg, ratio.numerator, ratio.denominator, axis=1, padtype="line")


def _microvolts(volts: NDArray[np.float64]) -> NDArray[np.float32]:
    return (volts * UV_PER_V).astype(np.float32)
