"""Which channels of a recording are bad."""

from typing import Any

import mne
from pyprep import NoisyChannels

from videeg_pipe.config.preprocess import Preprocess
from videeg_pipe.contracts.errors import UserError


def find_bad_channels(
    raw: mne.io.RawArray, config: Preprocess, *, name: str, seed: int
) -> list[str]:
    """Find bad channels with the criteria of PREP (Bigdely-Shamlo et al. 2015).

    These are flat channels, amplitudes far from the others', noise above 50 Hz, correlation with no
    other channel, drop-outs and, by option, RANSAC. pyprep's own spectral criterion is left out: it
    takes strong occipital alpha for a fault.

    Args:
        raw: The recording before any filter: the noise above 50 Hz is what the band-pass would
            hide. pyprep removes trends below 1 Hz from a copy by itself. Channels in
            `info["bads"]` count as bad and are kept out of the comparison.
        config: Whether to use RANSAC, and how many channels may be bad.
        name: What to call the recording in an error.
        seed: Seed of RANSAC.

    Returns:
        Names in the order of the channels.

    Raises:
        UserError: if more than `config.max_bad_fraction` of the channels are bad.
    """
    noisy = NoisyChannels(raw, random_state=seed % 2**32, ransac=config.ransac)
    noisy.find_bad_by_deviation()
    noisy.find_bad_by_hfnoise()
    noisy.find_bad_by_correlation()
    bads = _in_order(raw, noisy)
    if config.ransac and not _too_many(raw, bads, config):
        noisy.find_bad_by_ransac()
        bads = _in_order(raw, noisy)
    if _too_many(raw, bads, config):
        raise UserError(
            f"recording {name}",
            expected=f"at most {config.max_bad_fraction:.0%} bad channels",
            found=f"{len(bads)} of {len(raw.ch_names)}: {', '.join(bads)}",
            next_step="look at the recording and leave the subject out (source.subjects), or raise "
            "preprocess.max_bad_fraction",
        )
    return bads


def _in_order(raw: mne.io.RawArray, noisy: Any) -> list[str]:
    return sorted(noisy.get_bads(), key=raw.ch_names.index)


def _too_many(raw: mne.io.RawArray, bads: list[str], config: Preprocess) -> bool:
    return len(bads) > config.max_bad_fraction * len(raw.ch_names)
