"""Checks that sets of windows can be compared, and notes on what was assumed."""

from collections.abc import Iterator, Sequence

import numpy as np

from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.external_eeg.window_set import WindowSet, match_channels
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.scoring_data import ScoringData

_LARGEST_RATIO = 1000.0
"""Largest plausible ratio of amplitudes in one unit; volts and uV differ by 1e6."""

_WIDE = 0.1
"""Half a 95 % interval of an accuracy of 0.5 that is worth a warning."""


def common_rate(sides: Sequence[WindowSet], sfreq: float | None) -> float:
    """Return the common sampling rate, Hz.

    Raises:
        UserError: if no rate is given, rates differ, or the rate is too low or a window too short
            for the bands.
    """
    rates = {side.name: side.sfreq for side in sides} | {"--sfreq": sfreq}
    given = {name: rate for name, rate in rates.items() if rate is not None}
    if not given:
        raise UserError(
            "sampling rate",
            expected="--sfreq, in Hz",
            found="arrays without a rate",
            next_step="add --sfreq",
        )
    if len(set(given.values())) > 1:
        of_sides = {side.sfreq or sfreq for side in sides}
        rates_hz = " or ".join(f"{rate:g}" for rate in sorted(filter(None, of_sides)))
        advice = f"pass --resample {rates_hz}: it resamples recordings, and nothing else"
        if len(of_sides) == 1:
            advice = "omit --sfreq, which is for arrays without a rate"
        raise UserError(
            sides[0].name,
            expected="one sampling rate",
            found=", ".join(f"{rate:g} Hz ({name})" for name, rate in given.items()),
            next_step=advice,
        )
    rate = next(iter(given.values()))
    least = 2 * HIGHEST_HZ
    if not least <= rate < np.inf:
        raise UserError(
            "sampling rate",
            expected=f"{least:g} Hz or more, for bands up to {least / 2:g} Hz",
            found=f"{rate:g} Hz",
            next_step="correct it, or use windows of a higher rate",
        )
    for side in sides:
        seconds = side.eeg.shape[-1] / rate
        if seconds <= 1 / HIGHEST_HZ:  # no frequency of its spectrum is in a band
            raise UserError(
                side.name,
                expected=f"windows of more than {1 / HIGHEST_HZ:g} s, for bands up to "
                f"{HIGHEST_HZ:g} Hz",
                found=f"{side.eeg.shape[-1]} samples at {rate:g} Hz, {seconds:g} s",
                next_step="correct the rate, or use longer windows",
            )
    return rate


def file_assumptions(sides: Sequence[WindowSet], rate: float) -> Iterator[str]:
    """Yield the properties that a file does not state, and the values assumed for them."""
    known = next((side.name for side in sides if side.sfreq is not None), None)
    for side in sides:
        if side.sfreq is None and known is not None:
            yield f"{side.name}: {rate:g} Hz, like {known}"
        yield from (f"{side.name}: {note}" for note in side.notes)
    nameless = [side.name for side in sides if side.channels is None]
    if nameless:
        on = "both sides" if len(sides) == 2 else "all sides"
        yield f"channels are in the same order on {on}: {', '.join(nameless)} has no names"


def match_windows(windows: WindowSet, reference: WindowSet) -> WindowSet:
    """Return the windows with their channels in the order of a reference set.

    Raises:
        UserError: if channels or length differ.
    """
    lengths = [side.eeg.shape[-1] for side in (reference, windows)]
    if lengths[0] != lengths[1]:
        raise UserError(
            windows.name,
            expected=f"windows of {lengths[0]} samples, like {reference.name}",
            found=f"{lengths[1]} samples",
            next_step="cut both to the same length; --window-s sets that of recordings",
        )
    return match_channels(windows, reference)


def check_pairs(real: WindowSet, synthetic: WindowSet) -> None:
    """Raise a UserError unless both sides have the same number of windows."""
    if len(real) != len(synthetic):
        raise UserError(
            synthetic.name,
            expected=f"{len(real)} windows, one per window of {real.name}",
            found=str(len(synthetic)),
            next_step="omit --paired, or give both sides the same windows",
        )


def few_windows_warnings(n_pairs: int) -> Iterator[str]:
    """Yield a warning if chance alone moves the accuracy of a classifier far.

    Args:
        n_pairs: Pairs of a real and a synthetic window, each of which is classified once.
    """
    half = 1.96 * float(np.sqrt(0.25 / (2 * n_pairs)))
    if half > _WIDE:
        yield (
            f"{n_pairs} pairs of windows are few: the accuracy of a classifier that guesses is "
            f"0.5 ± {half:.2f} (95 %), and the other scores vary as well"
        )


def amplitude_warnings(data: ScoringData) -> Iterator[str]:
    """Yield a warning if the median amplitudes of the two sides hardly share a unit."""
    real, synthetic = (np.median(x.std((1, 2))) for x in (data.real, data.generated))
    low, high = sorted((float(real), float(synthetic)))
    if high > _LARGEST_RATIO * low:
        yield (
            f"amplitudes of {real:.3g} (real) and {synthetic:.3g} uV (synthetic): is one of them "
            "in volts, normalised or flat?"
        )
