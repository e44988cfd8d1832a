"""Checks of a recording's samples, in one pass over it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.runtime.errors import UserError, listed

logger = logging.getLogger(__name__)

SPREAD_UV = (0.5, 500.0)
"""Range of the robust standard deviation of band-passed scalp EEG, in uV."""

_RAILED = 0.1  # share of samples at one extreme value that a working amplifier does not reach
_INTERPOLABLE = 0.3  # share of the channels that can be interpolated from the others
_BAND_HZ = (1.0, 40.0)  # without offsets, drifts and mains
_N_STRETCHES = 10
_STRETCH_S = 10.0
_EQUAL = 1e-3  # relative difference of standard deviations that only a normalisation leaves
_MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True)
class Signal:
    """Dead channels and amplitude of one recording, in its stored unit."""

    flat: list[int]  # channels that never change
    railed: list[int]  # channels that often have their largest or smallest value
    spread: float  # robust standard deviation in 1 to 40 Hz, median over channels
    mean: NDArray[np.float64]  # (C,)
    sd: NDArray[np.float64]  # (C,)


def examine(
    file: str,
    chunks: Iterable[NDArray[np.floating]],
    names: Sequence[str],
    n_samples: int,
    sfreq: float,
) -> Signal:
    """Measure a recording in one pass.

    Args:
        file: Name of the recording in an error.
        chunks: (C, n) each, together `n_samples` long.
        names: C channel names.
        n_samples: Length of the recording.
        sfreq: Sampling rate, Hz.

    Raises:
        UserError: if a sample is NaN or infinite.
    """
    extremes = _Extremes(len(names))
    moments = _Moments(len(names))
    stretch, next_at = round(_STRETCH_S * sfreq), 0.0
    some, n_bad, first_bad, done = [], 0, "", 0
    for chunk in chunks:
        finite = np.isfinite(chunk)
        if not finite.all():
            if not n_bad:
                sample = int(np.argmin(finite.all(axis=0)))
                channel = int(np.argmin(finite[:, sample]))
                value = chunk[channel, sample]
                first_bad = f"{value} in channel {names[channel]} at sample {done + sample}"
            n_bad += int((~finite).sum())
        elif not n_bad:
            extremes.add(chunk)
            moments.add(chunk)
            while done <= next_at < done + chunk.shape[1] - sfreq / 2:
                start = int(next_at) - done
                some.append(np.asarray(chunk[:, start : start + stretch], np.float64))
                next_at += n_samples / _N_STRETCHES
        done += chunk.shape[1]
        next_at = max(next_at, done)
    if n_bad:
        raise UserError(
            file,
            expected="finite samples",
            found=f"{n_bad} that are NaN or infinite, the first {first_bad}",
            next_step="export the recording again, or leave it out",
        )
    flat, railed = extremes.flat_and_railed(done)
    return Signal(flat, railed, spread_of(some, sfreq), moments.mean, moments.sd())


def spread_of(stretches: Iterable[NDArray[np.float64]], sfreq: float) -> float:
    """Return the robust standard deviation in 1 to 40 Hz, the median over channels.

    Args:
        stretches: (C, n) each, at least half a second long.
        sfreq: Sampling rate, Hz.

    Returns:
        The spread in the unit of the values; NaN without stretches.
    """
    from scipy.signal import butter, sosfiltfilt  # takes a second, which `videeg check` saves

    band = butter(2, _BAND_HZ, "bandpass", fs=sfreq, output="sos")
    filtered = [
        sosfiltfilt(band, values - np.median(values, axis=1, keepdims=True), axis=1)
        for values in stretches
    ]
    if not filtered:
        return float("nan")
    deviation = np.abs(np.concatenate(filtered, axis=1))  # around zero: the band has no offset
    return float(np.median(np.median(deviation, axis=1)) * _MAD_TO_SD)


def is_plausible(spread_uv: float) -> bool:
    """Return whether scalp EEG can have this robust standard deviation, in uV."""
    return SPREAD_UV[0] <= spread_uv <= SPREAD_UV[1]


def normalisation(signals: Sequence[Signal], per_uv: float = 1.0) -> str | None:
    """Say how recordings of one file were normalised, or None if their amplitudes are EEG's.

    Amplifiers do not give all channels one standard deviation, nor an overall mean of 0 with an
    overall standard deviation of 1 uV.

    Args:
        signals: Recordings, of equal length, or one alone.
        per_uv: Stored values per microvolt.
    """
    mean = np.mean([signal.mean for signal in signals], axis=0)
    square = np.mean([signal.mean**2 + signal.sd**2 for signal in signals], axis=0)
    whole = (mean, np.sqrt(np.maximum(square - mean**2, 0)))
    for means, sds in (whole, *((signal.mean, signal.sd) for signal in signals)):
        live = sds > 0
        if live.sum() < 2:
            continue
        means, sds = means[live], sds[live]
        if np.ptp(sds) < _EQUAL * sds.mean() and np.abs(means).max() < _EQUAL * sds.mean():
            return f"a mean of 0 and a standard deviation of {sds.mean():.3g} in every channel"
    overall = mean.mean() / per_uv, np.sqrt(square.mean() - mean.mean() ** 2) / per_uv
    if abs(overall[0]) < _EQUAL and abs(overall[1] - 1) < _EQUAL:
        return "a mean of 0 and a standard deviation of 1 over all channels"
    return None


def check_amplitudes(file: str, spread_uv: float, normalised: str | None) -> None:
    """Check a recording whose unit is known.

    Raises:
        UserError: if scalp EEG cannot have such amplitudes.
    """
    if normalised:
        raise UserError(
            file,
            expected="EEG in a unit of voltage",
            found=f"{normalised}, as after a z-score",
            next_step="use the recordings before this normalisation, or state their amplitude in "
            "source.units: microvolts per stored value, such as 10.0",
        )
    if not is_plausible(spread_uv):
        low, high = SPREAD_UV
        raise UserError(
            file,
            expected=f"a robust standard deviation of {low:g} to {high:g} uV in 1 to 40 Hz",
            found=f"{spread_uv:.3g} uV",
            next_step="correct the column units in channels.tsv, or state microvolts per stored "
            "value in source.units",
        )


class _Moments:
    """Mean and standard deviation per channel, over chunks (Chan et al. 1979)."""

    def __init__(self, n_channels: int) -> None:
        self.n = 0
        self.mean = np.zeros(n_channels)
        self.sum_of_squares = np.zeros(n_channels)  # of deviations from the mean

    def add(self, chunk: NDArray[np.floating]) -> None:
        n = chunk.shape[1]
        mean = chunk.mean(axis=1, dtype=np.float64)
        delta = mean - self.mean
        within = chunk.var(axis=1, dtype=np.float64) * n
        self.sum_of_squares += within + delta**2 * self.n * n / (self.n + n)
        self.mean += delta * n / (self.n + n)
        self.n += n

    def sd(self) -> NDArray[np.float64]:
        return np.sqrt(self.sum_of_squares / self.n)


class _Extremes:
    """Smallest and largest value per channel, and the number of samples that have it."""

    def __init__(self, n_channels: int) -> None:
        self.value = np.full((2, n_channels), -np.inf)  # of -x and of x
        self.count = np.zeros((2, n_channels), np.int64)

    def add(self, chunk: NDArray[np.floating]) -> None:
        for row, (extreme, sign) in enumerate(((chunk.min(axis=1), -1), (chunk.max(axis=1), 1))):
            here = (chunk == extreme[:, None]).sum(axis=1)
            now = sign * extreme.astype(np.float64)
            kept = np.where(now < self.value[row], 0, here)
            self.count[row] = np.where(now > self.value[row], 0, self.count[row]) + kept
            self.value[row] = np.maximum(now, self.value[row])

    def flat_and_railed(self, n_samples: int) -> tuple[list[int], list[int]]:
        flat = -self.value[0] == self.value[1]
        railed = ~flat & (self.count > _RAILED * n_samples).any(axis=0)
        return np.flatnonzero(flat).tolist(), np.flatnonzero(railed).tolist()


def check_channels(file: str, signal: Signal, names: Sequence[str]) -> None:
    """Log dead channels; preprocess interpolates them where they are few.

    Raises:
        UserError: if flat and railed channels are too many to be interpolated from the others.
    """
    dead = [(kind, channels) for kind in ("flat", "railed") if (channels := getattr(signal, kind))]
    if not dead:
        return
    found = " and ".join(
        f"{kind} {listed([names[channel] for channel in channels])}" for kind, channels in dead
    )
    if len(signal.flat) + len(signal.railed) > _INTERPOLABLE * len(names):
        raise UserError(
            file,
            expected=f"at most {_INTERPOLABLE:.0%} of {len(names)} channels flat or railed",
            found=found,
            next_step="check amplifier and export, or move the recording out of the data set",
        )
    logger.warning("%s: %s; preprocess interpolates the channels that it finds bad", file, found)


def scale_to_uv(
    file: str, signals: Sequence[Signal], units: Literal["auto", "uV", "V"] | float
) -> float:
    """Return the factor from stored values to microvolts.

    The robust standard deviation of scalp EEG lies in `SPREAD_UV`. In volts it is a million times
    smaller, so no value fits both units; millivolts and digital counts mostly fit neither.

    Args:
        file: Name of the file in an error.
        signals: Its recordings.
        units: `source.units`; a number is used without a check.

    Raises:
        UserError: if the spread fits no unit, or not the given one, or if the values are
            normalised.
    """
    spread = float(np.median([signal.spread for signal in signals]))
    if isinstance(units, float):
        message = "%s: %g uV per stored value, given by source.units, robust SD %.3g uV"
        logger.info(message, file, units, spread * units)
        return units
    low, high = SPREAD_UV
    fitting = [
        (unit, scale)
        for unit, scale in (("uV", 1.0), ("V", UV_PER_V))
        if low <= spread * scale <= high and units in ("auto", unit)
    ]
    if not fitting:
        ranges = {
            "uV": f"{low:g} to {high:g} uV",
            "V": f"{low / UV_PER_V:g} to {high / UV_PER_V:g} V",
        }
        expected = " or ".join(ranges.values()) if units == "auto" else ranges[units]
        given = "" if units == "auto" else f" with source.units {units}"
        raise UserError(
            file,
            expected=f"a robust standard deviation of {expected}{given}",
            found=f"{spread:.3g}",
            next_step="convert the file to volts or microvolts, or state microvolts per stored "
            "value in source.units"
            if units == "auto"
            else "correct source.units, or set it to auto",
        )
    unit, scale = fitting[0]
    check_amplitudes(file, spread * scale, normalisation(signals, per_uv=1 / scale))
    origin = "inferred" if units == "auto" else "given by source.units"
    logger.info("%s: unit %s, %s, robust SD %.3g", file, unit, origin, spread)
    return scale
