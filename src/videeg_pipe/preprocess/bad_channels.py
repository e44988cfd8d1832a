"""Detection of bad channels."""

import mne
import numpy as np
from pyprep import NoisyChannels
from scipy.stats import iqr, median_abs_deviation

from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import FEW
from videeg_pipe.runtime.errors import UserError, listed

# PREP's 1 % of windows of 1 s would be a single window in a recording of a minute or two
_UNCORRELATED_FRACTION = 0.1
_FACTOR = 5.0  # good electrodes over one area of real recordings differ by 4 at most
_NEIGHBOUR_M = 0.08  # as in the 10-20 system; farther apart, good ones need not correlate
_MIN_USABLE_S = 2.0  # windows of 1 s


def find_bad_channels(
    raw: mne.io.RawArray, config: PreprocessOptions, *, name: str, seed: int
) -> list[str]:
    """Find bad channels with the criteria of PREP (Bigdely-Shamlo et al. 2015).

    A channel is bad if its amplitude deviates, if it is noisy above 50 Hz, if it correlates with no
    other channel, if it drops out, if it is flat or, by option, if RANSAC rejects it. pyprep's own
    spectral criterion is not used: it rejects strong occipital alpha.

    As in PREP, channels are compared against a robust reference, here the median over channels.
    With a recorded reference, good electrodes next to it have small amplitudes and seem noisy.
    The median of few electrodes would remove what they share; `_bad_of_few` compares them.

    Args:
        raw: The recording before any filter, since the band-pass would remove the noise above
            50 Hz. pyprep removes trends below 1 Hz from its copy. Channels in `info["bads"]` count
            as bad and are excluded from the comparison. Samples annotated as bad do not count.
        config: Whether to use RANSAC, and how many channels may be bad.
        name: Name of the recording in an error.
        seed: Seed of RANSAC.

    Returns:
        Names in the order of the channels.

    Raises:
        UserError: if more than `config.max_bad_fraction` of the channels are bad, if the others
            are too few or too alike to be compared, if less than 2 s are usable, or if RANSAC is
            asked for with too few channels.
    """
    volts = raw.get_data(reject_by_annotation="omit")
    if volts.shape[1] < _MIN_USABLE_S * raw.info["sfreq"]:
        raise UserError(
            f"recording {name}",
            expected=f"at least {_MIN_USABLE_S:g} s outside pauses and bad segments",
            found=f"{volts.shape[1] / raw.info['sfreq']:.3f} s",
            next_step="check its BAD_ annotations, or move the recording out of the data set",
        )
    known = sorted({*raw.info["bads"], *flat_channels(raw)})
    _check(raw, known, config, name)
    usable = ~np.isin(raw.ch_names, known)
    centred = volts - np.median(volts[usable], axis=0) if usable.any() else volts
    if not np.ptp(centred[usable], axis=1).any():
        raise UserError(
            f"recording {name}",
            expected="several good channels that differ from each other",
            found=f"{usable.sum()} with equal samples" if usable.sum() > 1 else f"{usable.sum()}",
            next_step="check the export and status in channels.tsv, or move the recording out of "
            "the data set",
        )
    few = len(raw.ch_names) < FEW
    if few and config.ransac:
        raise UserError(
            f"preprocess.ransac with recording {name}",
            expected=f"at least {FEW} channels for RANSAC",
            found=f"{len(raw.ch_names)}",
            next_step="set preprocess.ransac to false",
        )
    noisy = NoisyChannels(
        mne.io.RawArray(volts if few else centred, raw.info.copy()),
        random_state=seed % 2**32,
        ransac=config.ransac,
        bad_by_manual=known,
    )
    if few:
        bads = sorted(_bad_of_few(noisy, raw), key=raw.ch_names.index)
        _check(raw, bads, config, name)
        return bads
    noisy.find_bad_by_deviation()
    noisy.find_bad_by_hfnoise()
    noisy.find_bad_by_correlation(frac_bad=_UNCORRELATED_FRACTION)
    _check(raw, noisy.get_bads(), config, name)
    if config.ransac:  # RANSAC needs enough good channels
        try:
            noisy.find_bad_by_ransac()
        except OSError as error:
            raise UserError(
                f"preprocess.ransac with recording {name}",
                expected="enough good channels for RANSAC",
                found=str(error),
                next_step="set preprocess.ransac to false",
            ) from None
        _check(raw, noisy.get_bads(), config, name)
    return sorted(noisy.get_bads(), key=raw.ch_names.index)


def flat_channels(raw: mne.io.BaseRaw) -> list[str]:
    """Name the channels that never change outside bad segments."""
    volts = raw.get_data(reject_by_annotation="omit")
    flat: list[str] = np.array(raw.ch_names)[np.ptp(volts, axis=1) == 0].tolist()
    return flat


def _bad_of_few(noisy: NoisyChannels, raw: mne.io.RawArray) -> set[str]:
    """Find bad channels among fewer than `FEW`, as recorded.

    Their spread is too uncertain for z-scores: amplitude, and noise above 50 Hz relative to the
    rest, are compared with the median channel by their ratio. Only electrodes that have a
    neighbour must correlate with another one.
    """
    noisy.find_bad_by_hfnoise()  # filters below 50 Hz
    noisy.find_bad_by_correlation(frac_bad=_UNCORRELATED_FRACTION)
    rest = median_abs_deviation(noisy.EEGFiltered, axis=1)
    fast = median_abs_deviation(noisy.EEGData - noisy.EEGFiltered, axis=1)
    amplitude = iqr(noisy.EEGData, axis=1) / np.median(iqr(noisy.EEGData, axis=1))
    deviating = (amplitude > _FACTOR) | (amplitude < 1 / _FACTOR)
    present = rest > 0  # else a dropout
    noise = np.divide(fast, rest, out=np.zeros_like(rest), where=present)
    deviating |= noise > _FACTOR * np.median(noise[present])
    usable = list(noisy.ch_names_new)
    places = np.array([raw.info["chs"][raw.ch_names.index(name)]["loc"][:3] for name in usable])
    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(distances, np.inf)
    near = np.array(usable)[distances.min(axis=1) < _NEIGHBOUR_M]
    uncorrelated = set(noisy.bad_by_correlation) & set(near)
    return {
        *noisy.bad_by_manual,
        *noisy.bad_by_nan,
        *noisy.bad_by_flat,
        *noisy.bad_by_dropout,
        *uncorrelated,
        *np.array(usable)[deviating],
    }


def _check(raw: mne.io.RawArray, bads: list[str], config: PreprocessOptions, name: str) -> None:
    """Raise a UserError for too many bad channels; half of them cannot replace the others."""
    leave_out = "inspect the recording; leave the subject out (source.subjects)"
    if len(bads) > config.max_bad_fraction * len(raw.ch_names):
        raise UserError(
            f"recording {name}",
            expected=f"at most {config.max_bad_fraction:.0%} bad channels",
            found=f"{len(bads)} of {len(raw.ch_names)}: "
            + listed(sorted(bads, key=raw.ch_names.index)),
            next_step=f"{leave_out} or raise preprocess.max_bad_fraction"
            if len(bads) <= len(raw.ch_names) / 2
            else leave_out,
        )
