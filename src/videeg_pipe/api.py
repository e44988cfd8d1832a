"""Public functions that need no object: `videeg_pipe.generate` and `videeg_pipe.evaluate`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.contracts.generator_folder import DEFAULT
from videeg_pipe.external_eeg.evaluation import Protocol, score_windows
from videeg_pipe.external_eeg.read_windows import is_release, read_windows
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.generator import load_generator
from videeg_pipe.runtime.errors import UserError

_HIGHEST_RATE = 100_000  # Hz, above that of any amplifier


def generate(
    stimulus: str | Path | Mapping[str, float],
    *,
    model: str | Path = DEFAULT,
    person: Mapping[str, Any] | None = None,
    subject: str | Mapping[str, float] | None = None,
    montage: str | None = None,
    seconds: float | None = None,
    draws: int = 1,
    seed: int = 0,
    mean_only: bool = False,
) -> GeneratedEeg:
    """Generate continuous EEG of one person who watches a stimulus from its beginning.

    For several stimuli, load the generator once: `load_generator(model).generate(...)`.

    Args:
        stimulus: A video, or a stimulus program (.json; docs/programs.md); or a mix of them.
        model: Folder of a generator.
        person: As the further arguments, see `Generator.generate`.
        subject: A person of the training, or a mix of them.
        montage: Other electrodes than the training's.
        seconds: Length; the whole stimulus by default.
        draws: Number of recordings, which differ in their noise.
        seed: Of the noise.
        mean_only: The conditional mean without noise.

    Returns:
        The EEG, in microvolts.

    Raises:
        UserError: for a model, stimulus, person, montage or length that cannot be used.
    """
    return load_generator(model).generate(
        stimulus,
        person=person,
        subject=subject,
        montage=montage,
        seconds=seconds,
        draws=draws,
        seed=seed,
        mean_only=mean_only,
    )


def evaluate(
    real: str | Path | NDArray[Any],
    synthetic: str | Path | NDArray[Any],
    *,
    training: str | Path | NDArray[Any] | None = None,
    labels: Sequence[str | Path | pd.DataFrame | None] = (),
    sfreq: float | None = None,
    resample: float | None = None,
    window_s: float = 1.0,
    split: str | None = None,
    paired: Protocol | None = None,
    seed: int = 42,
) -> dict[str, Any]:
    """Score synthetic EEG against real EEG; see docs/evaluation.md.

    Args:
        real: Windows (n, C, T) in microvolts, as an array or a .npy or .npz file; a release; EEG of
            `videeg generate` (.h5, .zarr); or epochs, a recording or a folder of recordings that
            MNE reads.
        synthetic: The same.
        training: The generator's training windows, none of which is in `real`. They add the
            EEG-FID, `utility`, and the copies and linkage of `privacy`.
        labels: Labels of the windows of `real`, `synthetic` and `training`, in this order: a table
            or CSV with one row per window and some of the columns subject, clip_id, concept and
            emotion; None for a side without.
        sfreq: Sampling rate of arrays that state none, Hz.
        resample: Rate to resample recordings to, Hz.
        window_s: Length of the windows that recordings are cut into, s.
        split: Only the samples of this split of a release.
        paired: `generation` or `reconstruction`: the i-th synthetic window was made for the i-th
            real one, by this protocol. Adds the paper's scores.
        seed: Of splits, classifiers and bootstrap.

    Returns:
        The content of metrics.json: the compared windows, `assumptions`, `warnings` and sections of
        scores.

    Raises:
        UserError: for windows or labels that cannot be read or do not fit together.
    """
    sides = {"real": real, "synthetic": synthetic}
    if split is not None and not any(map(is_release, sides.values())):
        raise UserError(
            "split",
            expected="a release (.h5) as real or synthetic EEG: no other file states splits",
            found=" and ".join(map(_named, sides.values())),
            next_step="leave it out, and give files that hold only these windows",
        )
    if training is not None:
        sides["training"] = training
    if len(labels) > len(sides):
        raise UserError(
            "labels",
            expected=f"at most one table each for {', '.join(sides)}",
            found=f"{len(labels)} of them",
            next_step="remove the others",
        )
    protocols, shortest_s = get_args(Protocol), 1 / HIGHEST_HZ
    low, high = 2 * HIGHEST_HZ, _HIGHEST_RATE  # others take memory first, and are refused then
    for name, value, valid, expected in (
        ("paired", paired, paired in (None, *protocols), f"{' or '.join(protocols)}, or None"),
        ("window_s", window_s, shortest_s < window_s < math.inf, f"seconds above {shortest_s:g}"),
        (
            "resample",
            resample,
            resample is None or low <= resample <= high,
            f"{low:g} to {high} Hz",
        ),
        ("seed", seed, seed >= 0, "0 or more"),
    ):
        if not valid:
            raise UserError(name, expected=expected, found=str(value), next_step="correct it")
    tables = dict(zip(sides, labels, strict=False))
    windows = {
        name: read_windows(
            side if isinstance(side, np.ndarray) else Path(side),
            window_s,
            labels=tables.get(name),
            split=None if name == "training" else split,
            sfreq=resample,
            name=name,
        )
        for name, side in sides.items()
    }
    return score_windows(**windows, sfreq=sfreq, paired=paired, seed=seed)


def _named(side: str | Path | NDArray[Any]) -> str:
    return "an array" if isinstance(side, np.ndarray) else str(side)
