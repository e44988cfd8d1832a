"""Checks of a recording's samples, in one pass over it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

SPREAD_UV = (0.5, 500.0)
"""Range of the robust standard deviation of scalp EEG, in uV, with drifts or a poor reference."""

_RAILED = 0.1  # share of samples at one extreme value that a working amplifier does not reach
_INTERPOLABLE = 0.3  # share of the channels that can be interpolated from the others
_SPREAD_SAMPLES = 10_000  # enough for a median
_MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True)
class Signal:
    """Dead channels and spread of one recording, in its stored unit."""

    flat: list[int]  # channels that never change
    railed: list[int]  # channels that often have their largest or smallest value
    spread: float  # robust standard deviation, median over channels


def examine(
    file: str, chunks: Iterable[NDArray[np.floating]], names: Sequence[str], n_samples: int
) -> Signal:
    """Measure a recording in one pass.

    Args:
        file: Name of the recording in an error.
        chunks: (C, n) each, together `n_samples` long.
        names: C channel names.
        n_samples: Length of the recording.

    Raises:
        UserError: if a sample is NaN or infinite.
    """
    extremes = _Extremes(len(names))
    step = max(1, n_samples // _SPREAD_SAMPLES)
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
            some.append(np.asarray(chunk[:, ::step], np.float64))
        done += chunk.shape[1]
    if n_bad:
        raise UserError(
            file,
            expected="finite samples",
            found=f"{n_bad} that are NaN or infinite, the first {first_bad}",
            next_step="export the recording again, or leave it out",
        )
    values = np.concatenate(some, axis=1)
    deviation = np.abs(values - np.median(values, axis=1, keepdims=True))
    spread = float(np.median(np.median(deviation, axis=1)) * _MAD_TO_SD)
    flat, railed = extremes.flat_and_railed(done)
    return Signal(flat, railed, spread)


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
        f"{kind} {', '.join(names[channel] for channel in channels)}" for kind, channels in dead
    )
    if len(signal.flat) + len(signal.railed) > _INTERPOLABLE * len(names):
        raise UserError(
            file,
            expected=f"at most {_INTERPOLABLE:.0%} of {len(names)} channels flat or railed",
            found=found,
            next_step="check amplifier and export, or leave the recording out",
        )
    logger.warning("%s: %s; preprocess interpolates the channels that it finds bad", file, found)


def scale_to_uv(file: str, spread: float, units: Literal["auto", "uV", "V"]) -> float:
    """Return the factor from stored values to microvolts.

    The robust standard deviation of scalp EEG lies in `SPREAD_UV`. In volts it is a million times
    smaller, so no value fits both units; millivolts and digital counts mostly fit neither.

    Raises:
        UserError: if the spread fits no unit, or not the given one.
    """
    low, high = SPREAD_UV
    fitting = [
        (unit, scale)
        for unit, scale in (("uV", 1.0), ("V", 1e6))
        if low <= spread * scale <= high and units in ("auto", unit)
    ]
    if not fitting:
        ranges = {"uV": f"{low:g} to {high:g} uV", "V": f"{low / 1e6:g} to {high / 1e6:g} V"}
        expected = " or ".join(ranges.values()) if units == "auto" else ranges[units]
        given = "" if units == "auto" else f" with source.units {units}"
        raise UserError(
            file,
            expected=f"a robust standard deviation of {expected}{given}",
            found=f"{spread:.3g}",
            next_step="convert the file to volts or microvolts"
            if units == "auto"
            else "correct source.units, or set it to auto",
        )
    unit, scale = fitting[0]
    origin = "inferred" if units == "auto" else "given by source.units"
    logger.info("%s: unit %s, %s, robust SD %.3g", file, unit, origin, spread)
    return scale
