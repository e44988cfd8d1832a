"""A release as MNE epochs."""

from collections.abc import Mapping, Sequence

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.reader.checks import check_samples
from videeg_pipe.reader.release import Release


def epochs_of(release: Release, *, standard_names: bool) -> mne.EpochsArray:
    """Convert samples to MNE epochs.

    Args:
        release: The samples.
        standard_names: Give electrodes MNE's spelling.

    Returns:
        Epochs in volts, with time 0 at a sample's first value. They have the montage of the file's
        positions, concepts as events with `concept_id` as code, and labels as metadata. The
        reference is unchanged.

    Raises:
        UserError: without samples.
    """
    check_samples(release)
    volts = release.values("eeg").astype(np.float64)
    volts *= V_PER_UV
    metadata = release.to_pandas()
    codes = metadata["concept_id"].to_numpy()
    events = np.column_stack([np.arange(len(volts)) * volts.shape[-1], np.zeros_like(codes), codes])
    epochs = mne.EpochsArray(
        volts,
        recording_info(release, standard_names=standard_names),
        events=events,
        event_id=_event_id(metadata),
        metadata=metadata,
        verbose=False,
    )
    # marks the data as referenced, so that MNE does not reference them again
    epochs, _ = mne.set_eeg_reference(epochs, ref_channels=[], copy=False, verbose=False)
    return epochs


def recording_info(release: Release, *, standard_names: bool) -> mne.Info:
    """Return names, rate, positions and filters of a release as MNE's info."""
    names = release.channel_names
    if standard_names:
        names = standard_spelling(names)
    facts = release.attributes
    edges = ("highpass", "lowpass")
    return eeg_info(
        names,
        release.channel_positions_m,
        release.sfreq,
        description=f"{facts['title']} {facts.get('version', '')}: SYNTHETIC EEG",
        filters={edge: float(facts[f"{edge}_hz"]) for edge in edges if f"{edge}_hz" in facts},
    )


def eeg_info(
    names: Sequence[str],
    positions_m: NDArray[np.floating],
    sfreq: float,
    *,
    description: str,
    filters: Mapping[str, float],
) -> mne.Info:
    """Return MNE's info of generated EEG.

    Args:
        names: C channels.
        positions_m: (C, 3), head coordinates, metres.
        sfreq: Sampling rate, Hz.
        description: Says that the EEG is synthetic.
        filters: `highpass` and `lowpass`, Hz, as far as they are known.
    """
    info = mne.create_info(list(names), sfreq, "eeg")
    info["description"] = description
    with info._unlock():  # MNE has no other way to state the filters of given data
        info.update(filters)
    positions = dict(zip(names, positions_m, strict=True))
    info.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    return info


def standard_spelling(names: Sequence[str]) -> list[str]:
    """Return electrode names as MNE's 10-05 montage spells them; unknown names are unchanged.

    No name changes if two would become the same.
    """
    known = mne.channels.make_standard_montage("colin27_1005").ch_names
    spelling = {name.upper(): name for name in known}
    spelled = [spelling.get(name.upper(), name) for name in names]
    return spelled if len(set(spelled)) == len(spelled) else list(names)


def _event_id(metadata: pd.DataFrame) -> dict[str, int]:
    """Concept to event code; the code is added to the name of a concept with several codes."""
    pairs = metadata[["concept", "concept_id"]].drop_duplicates()
    twice = pairs["concept"].duplicated(keep=False)
    names = pairs["concept"].where(~twice, pairs["concept"] + "/" + pairs["concept_id"].astype(str))
    return dict(zip(names, pairs["concept_id"].astype(int), strict=True))
