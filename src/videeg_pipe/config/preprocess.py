"""Filtering, windows, splits and scales: `preprocess`, `windows`, `split`, `normalisation`."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class PreprocessOptions(Section):
    """From raw recordings to clean ones."""

    l_freq: float = Field(0.5, gt=0, description="Lower edge of the band-pass, in Hz.")
    h_freq: float = Field(40.0, gt=0, description="Upper edge of the band-pass, in Hz.")
    notch_hz: float | None = Field(
        None, gt=0, description="Frequency of the notch filter, in Hz, or null for none."
    )
    sfreq: float = Field(200.0, ge=100, description="Sampling rate after resampling, in Hz.")
    reference: Literal["average", "recorded"] = Field(
        "average", description="Average reference, or the recorded one."
    )
    bad_channels: Literal["interpolate", "keep"] = Field(
        "interpolate", description="Treatment of the bad channels that pyprep finds."
    )
    ransac: bool = Field(
        False, description="Also use pyprep's RANSAC: it finds more and takes minutes."
    )
    max_bad_fraction: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Largest share of bad channels; recordings with more are refused.",
    )
    montage: Literal["own", "seed-dv"] = Field(
        "own",
        description="The data set's own electrodes, or SEED-DV's 62 by spherical splines.",
    )

    @model_validator(mode="after")
    def _band_fits(self) -> "PreprocessOptions":
        if not self.l_freq < self.h_freq < self.sfreq / 2:
            raise ValueError(
                f"preprocess: expected l_freq < h_freq < sfreq/2 (Nyquist), found "
                f"{self.l_freq} Hz, {self.h_freq} Hz and {self.sfreq / 2} Hz"
            )
        return self


class NormalisationOptions(Section):
    """Scale that amplitudes are divided by; fitted on training windows only."""

    scale: Literal["sd", "range"] = Field(
        "sd",
        description="Scale per subject and channel: standard deviation, or the largest absolute "
        "value, which maps to [-1, 1] as the paper does.",
    )


class WindowsOptions(Section):
    """Windows that clips are cut into."""

    length_s: float = Field(1.0, gt=0, description="Length of a window, in seconds.")
    stride_s: float = Field(
        1.0, gt=0, description="Step from one window's start to the next, in s."
    )


class SplitOptions(Section):
    """Training, validation and test windows; held out by block or subject, never at random."""

    by: Literal["block", "subject"] = Field(
        "block", description="Hold out whole blocks or whole subjects."
    )
    validation: list[int] | list[str] = Field(
        [6],
        min_length=1,
        description="Blocks (numbers) or subjects (names) for validation; negative numbers count "
        "from the end, -1 is the last.",
    )
    test: list[int] | list[str] = Field(
        [7], min_length=1, description="Blocks or subjects for the test, written likewise."
    )

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, values: Any) -> Any:
        # Snakemake reads everything inside `--config 'split={test: [5]}'` as text
        if not isinstance(values, dict):
            return values
        number = r"-\d+" if values.get("by") == "subject" else r"-?\d+"
        return values | {
            name: [int(m) if re.fullmatch(number, str(m)) else m for m in values[name]]
            for name in ("validation", "test")
            if isinstance(values.get(name), list)
        }

    def held_out(self, part: Literal["validation", "test"], groups: Iterable[Any]) -> list[Any]:
        """Blocks or subjects of one part, numbers from the end resolved among all `groups`."""
        known = sorted(set(groups))
        members: Sequence[int | str] = self.validation if part == "validation" else self.test
        return [known[m] if isinstance(m, int) and -len(known) <= m < 0 else m for m in members]

    @model_validator(mode="after")
    def _disjoint(self) -> "SplitOptions":
        both = set(map(str, self.validation)) & set(map(str, self.test))
        if both:
            raise ValueError(
                f"split: expected disjoint validation and test, "
                f"found {', '.join(sorted(both))} in both"
            )
        return self

    @model_validator(mode="after")
    def _named_as_split(self) -> "SplitOptions":
        kind, words = (int, "block numbers") if self.by == "block" else (str, "names in quotes")
        for option in ("validation", "test"):
            members = getattr(self, option)
            if not all(isinstance(m, kind) or (isinstance(m, int) and m < 0) for m in members):
                raise ValueError(
                    f"split.{option}: expected {words} with split.by {self.by}, found {members}"
                )
        return self
