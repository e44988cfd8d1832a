"""Removal of artefacts by independent component analysis (ICA)."""

import logging
import math
import warnings
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    import mne

logger = logging.getLogger(__name__)

_LABELS = (
    *("brain", "muscle artifact", "eye blink"),
    *("heart beat", "line noise", "channel noise", "other"),
)
"""ICLabel's classes, in the order of its probabilities."""

_ARTEFACTS = frozenset(_LABELS) - {"brain", "other"}
_MIN_PROBABILITY = 0.8  # the default of Automagic (Pedroni et al. 2019) for the same five classes

_BAND_HZ = (1.0, 100.0)  # ICLabel was trained on recordings in this band
_RATE_HZ = 200.0  # its spectra end at 100 Hz
_MAX_SAMPLES = 40_000  # for the fit; 200 s at 200 Hz, which takes about a minute for 62 channels
_MAX_ITERATIONS = 200
_SEED = 0
_STABLE = 1e-6  # ratio of variances below which MNE calls an unmixing unstable
_MIN_CHANNELS = 8

_NEXT_STEP = "set preprocess.ica to off"


@dataclass(frozen=True)
class Artefacts:
    """Components to remove, and the linear map that removes them."""

    removal: NDArray[np.float64]
    """(C, C), applied to (C, N) from the left."""

    n_components: int
    removed: dict[str, int]
    """Number of removed components per label of ICLabel."""


def check_icalabel() -> None:
    """Raise a UserError if mne-icalabel or the runtime of its network is not installed."""
    missing = [name for name in ("mne_icalabel", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise UserError(
            "preprocess.ica: icalabel",
            expected="the packages mne-icalabel and onnxruntime",
            found=f"no {' and no '.join(missing)}",
            next_step=f"run pip install '.[icalabel]' in the repository, or {_NEXT_STEP}",
        )


def find_artefacts(raw: "mne.io.BaseRaw", *, n_recorded: int, name: str) -> Artefacts:
    """Unmix a recording and label its components by ICLabel (Pion-Tonachini et al. 2019).

    The unmixing is extended infomax, as in the recordings that ICLabel was trained on. It is fitted
    and labelled above 1 Hz, outside pauses and bad segments, and fitted on at most 40 000 samples
    that are evenly spread. A component is removed if its most probable label is an artefact with a
    probability of at least 0.8. The result does not depend on the seed of the run.

    ICLabel expects 1 to 100 Hz. Below a narrower band-pass, such as 40 Hz, its label for muscle is
    less reliable, since muscle is strongest above; mne-icalabel warns of it.

    Args:
        raw: Clean recording with the average reference, unchanged. Channels in `info["bads"]` are
            left as they are.
        n_recorded: Number of good channels before interpolation, which limits the rank.
        name: Name of the recording in the log and in an error.

    Raises:
        UserError: if there are too few channels, or if components cannot be found or labelled.
    """
    import mne

    picks = mne.pick_types(raw.info, eeg=True)
    n_good = min(n_recorded, len(picks))
    if n_good < _MIN_CHANNELS:
        raise UserError(
            f"preprocess.ica with recording {name}",
            expected=f"at least {_MIN_CHANNELS} good channels",
            found=str(n_good),
            next_step=_NEXT_STEP,
        )
    try:
        usable = _usable(raw)
        ica = _fit(usable, picks, n_good - 1)  # the average reference takes one dimension
        probabilities = _label(usable, ica)
    except Exception as error:  # MNE, mne-icalabel and ONNX raise errors of many types
        raise UserError(
            f"preprocess.ica with recording {name}",
            expected="components that ICLabel can label",
            found=f"{type(error).__name__}: {error}",
            next_step=_NEXT_STEP,
        ) from error
    labels = [_LABELS[place] for place in probabilities.argmax(axis=1)]
    out = [
        place
        for place, (label, probability) in enumerate(
            zip(labels, probabilities.max(axis=1), strict=True)
        )
        if label in _ARTEFACTS and probability >= _MIN_PROBABILITY
    ]
    removal = np.eye(len(raw.ch_names))
    removal[np.ix_(picks, picks)] -= _projection(ica, out)
    removed = dict(sorted(Counter(labels[place] for place in out).items()))
    logger.info(
        "%s: ICA removes %d of %d components%s",
        name,
        len(out),
        len(labels),
        f": {', '.join(f'{n} {label}' for label, n in removed.items())}" if out else "",
    )
    return Artefacts(removal, len(labels), removed)


def _usable(raw: "mne.io.BaseRaw") -> "mne.io.RawArray":
    """Copy the samples outside pauses and bad segments, in ICLabel's band and at most 200 Hz."""
    import mne

    (low, high), info = _BAND_HZ, raw.info
    filtered = raw.copy().filter(  # not across pauses and breaks
        low if info["highpass"] < low else None, high if info["lowpass"] > high else None
    )
    volts = filtered.get_data(reject_by_annotation="omit")
    usable = mne.io.RawArray(volts, filtered.info.copy())
    return usable.resample(_RATE_HZ) if usable.info["sfreq"] > _RATE_HZ else usable


def _fit(usable: "mne.io.RawArray", picks: NDArray[np.int_], most: int) -> "mne.preprocessing.ICA":
    """Fit at most `most` components: fewer where channels are dependent or samples are few."""
    import mne

    step = -(-usable.n_times // _MAX_SAMPLES)
    volts = usable.get_data(picks)[:, ::step]
    variances = np.linalg.eigvalsh(np.cov(volts))
    rank = int((variances > _STABLE * variances.max()).sum())
    ica = mne.preprocessing.ICA(
        n_components=min(most, rank, math.isqrt(volts.shape[1])),  # n squared weights
        method="infomax",
        fit_params={"extended": True},
        max_iter=_MAX_ITERATIONS,
        random_state=_SEED,
    )
    return ica.fit(usable, picks, decim=step)


def _label(usable: "mne.io.RawArray", ica: "mne.preprocessing.ICA") -> NDArray[np.float32]:
    """Return ICLabel's probabilities, (components, 7)."""
    from mne_icalabel.iclabel import iclabel_label_components

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*not filtered between 1 and 100 Hz")
        probabilities = iclabel_label_components(usable, ica, inplace=False, backend="onnx")
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities that are not finite")
    return probabilities


def _projection(ica: "mne.preprocessing.ICA", places: list[int]) -> NDArray[np.float64]:
    """Return the map from channels to the part of these components in channels, (C, C).

    `ICA.apply` also subtracts the mean of the recording, which would not be linear in the truth.
    """
    axes = ica.pca_components_[: ica.n_components_]
    mixing = axes.T @ ica.mixing_matrix_[:, places]
    return mixing @ ica.unmixing_matrix_[places] @ axes
