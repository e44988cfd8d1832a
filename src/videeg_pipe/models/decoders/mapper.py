"""Adaptation of a decoder to a new person by a map of EEG, and the rivals of SAM-Net's mapper.

All take the same calibration: the new person's clips, of training blocks only. S: standardised EEG
of known people. S_new: that of the new person. Both are (n, C, T), rows of a pair of the same clip.
"""

import copy
from typing import Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from videeg_pipe.config.decode import Method
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.models.decoders.base import Decoder
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.fitting import Stage, minimise
from videeg_pipe.models.decoders.network import NetworkDecoder
from videeg_pipe.models.decoders.scaling import ElectrodeMap
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread

_RIDGE = 1e-2  # of the mean power of an electrode, in the least-squares map

D = TypeVar("D", bound=Decoder)


def adapt(
    decoder: D,
    calibration: Clips,
    known: Clips,
    method: Method,
    options: MapperOptions,
    training: DecodersOptions,
    *,
    seed: int,
) -> D:
    """Return a copy of a decoder, adapted to one new person.

    Args:
        decoder: Fitted to known people; it stays as it is.
        calibration: The new person's clips in training blocks.
        known: Training clips of known people; `clip` means the same as in `calibration`.
        method: `none`; `z-score`: scale of each electrode; `euclidean`: mean covariance (He and Wu
            2020, arXiv 1808.05464); `least-squares`: matrix between electrodes; `new2source`:
            SAM-Net's; `heads`: fine-tuning of the decoder's last layers.
        options: Options of the mappers.
        training: Batch size, weight decay and clipping of the decoder's training.
        seed: Seed of batches and dropout.

    Raises:
        UserError: if the person is known, if there are several, if a method that compares clips
            finds none in common, or if a decoder has no layers to fine-tune.
    """
    people = sorted(set(calibration.subject) & set(decoder.layout.subjects))
    if people or len(set(calibration.subject)) != 1:
        raise UserError(
            "calibration of a decoder",
            expected="clips of one person whom the decoder does not know",
            found=", ".join(people or sorted(set(calibration.subject))),
            next_step="choose clips of one new person",
        )
    adapted = copy.deepcopy(decoder)
    adapted.mapping = ElectrodeMap(len(decoder.layout.channels))
    if method == "none":
        return adapted
    if method == "heads":
        if not isinstance(adapted, NetworkDecoder):
            raise UserError(
                type(decoder).__name__,
                expected="a decoder that is trained by gradient",
                found="a floor",
                next_step="choose another method of adaptation",
            )
        rate = {"learning_rate": options.head_learning_rate}
        return adapted.fine_tuned(calibration, _steps(training, options, rate), seed)
    new = _standardised(adapted, calibration)  # S_new
    if method == "z-score":
        _standardise(adapted.mapping, new)
    elif method == "euclidean":
        _align(adapted.mapping, new, _standardised(adapted, known))
    else:
        source, clip = known_side(_standardised(adapted, known), known.clip, options.source)
        pairs = paired(clip, calibration.clip)
        if method == "least-squares":
            _least_squares(adapted.mapping, new[pairs[:, 1]], source[pairs[:, 0]])
        else:
            rate = {"learning_rate": options.learning_rate, "weight_decay": 0.0}
            steps = _steps(training, options, rate)
            adapted.mapping = new2source(source, new, pairs, steps, seed=seed)
            if options.match_variance:
                _match_variance(adapted.mapping, new)
    return adapted


def new2source(
    source: Tensor, new: Tensor, pairs: NDArray[np.int64], options: DecodersOptions, *, seed: int
) -> ElectrodeMap:
    """Fit SAM-Net's New2Source mapper with the help of simulated EEG of the new person.

    Args:
        source: S, (k, C, T).
        new: S_new, (n, C, T).
        pairs: Rows of source and new with the same clip, (pairs, 2).
        options: Steps and learning rate of each mapper.
        seed: Seed of the batches.
    """
    rows, own = pairs.T
    source2new = ElectrodeMap(source.shape[1])
    # Eq. 9: S_new^p* = Source2New(S^p), L_S2N = MSE(S_new^p, S_new^p*)
    _fit_map(source2new, source[rows], new[own], options, derive_seed(seed, "source2new"))
    rest = np.setdiff1d(np.arange(len(source)), rows)
    with torch.no_grad():
        simulated = source2new(source[rest])  # Eq. 10: S_new^(1-p)* = Source2New(S^(1-p))
    mapper = ElectrodeMap(source.shape[1])
    # Eq. 11: S* = New2Source(S_new^(1-p)* || S_new^p), L_N2S = MSE(S, S*)
    inputs = torch.cat([simulated, new[own]])
    targets = torch.cat([source[rest], source[rows]])
    _fit_map(mapper, inputs, targets, options, derive_seed(seed, "new2source"))
    return mapper


def known_side(
    z: Tensor, clip: NDArray[np.int64], source: Literal["mean", "each"]
) -> tuple[Tensor, NDArray[np.int64]]:
    """Return the known side of the pairs and its clips.

    Args:
        z: EEG of known people, (k, C, T).
        clip: (k,).
        source: `mean`: one row per clip, the mean over people; `each`: all rows.
    """
    if source == "each":
        return z, clip
    clips = np.unique(clip)
    return torch.stack([z[clip == one].mean(0) for one in clips]), clips


def paired(clip: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all pairs of rows with the same clip, (pairs, 2).

    Raises:
        UserError: if there are none.
    """
    pairs = np.argwhere(clip[:, None] == other)
    if not len(pairs):
        raise UserError(
            "calibration of a decoder",
            expected="clips that known people have seen too",
            found="none",
            next_step="use z-score or euclidean, which compare no clips",
        )
    return pairs


def variance_ratio(decoder: Decoder, clips: Clips) -> float:
    """Return the variance of a new person's mapped EEG over that of known people's, which is 1.

    Squared error between two noisy recordings is least where only their shared part is left, so a
    fitted map shrinks.

    Args:
        decoder: An adapted decoder.
        clips: EEG of the person.
    """
    with torch.no_grad():
        return decoder.mapping(_standardised(decoder, clips)).var(-1).mean().item()


def _standardised(decoder: Decoder, clips: Clips) -> Tensor:
    """Return EEG in units of the people's scales, or everyone's for a new person, (n, C, T)."""
    return decoder.scale(torch.from_numpy(clips.eeg), decoder.layout.person(clips.subject))


def _steps(
    training: DecodersOptions, options: MapperOptions, values: dict[str, float]
) -> DecodersOptions:
    return training.model_copy(update={"steps": options.steps} | values)


def _fit_map(
    mapping: ElectrodeMap, inputs: Tensor, targets: Tensor, options: DecodersOptions, seed: int
) -> None:
    """Minimise the squared error of a map."""

    def losses(rows: NDArray[np.int64], stage: Stage, done: float) -> dict[str, Tensor]:
        device = mapping.spatial.device
        x, y = (part[rows].to(device) for part in (inputs, targets))
        return {"error": functional.mse_loss(mapping(x), y)}

    stage = Stage(np.arange(len(inputs)), options.steps)
    minimise(mapping, losses, [stage], options, seed=seed, title="fit a person's map")


@torch.no_grad()
def _standardise(mapping: ElectrodeMap, new: Tensor) -> None:
    """Set a map to unit variance and mean 0 of each electrode."""
    mapping.offset.copy_(new.mean((0, 2)))
    mapping.spatial.copy_(torch.diag(1 / new.std((0, 2)).clamp_min(1e-6)))


@torch.no_grad()
def _align(mapping: ElectrodeMap, new: Tensor, known: Tensor) -> None:
    """Set a map to R_known^(1/2) R_new^(-1/2) of the mean covariances R.

    Whitening alone, as published, needs a decoder trained on whitened EEG. The first factor gives
    the person the covariance that this decoder knows.
    """
    from pyriemann.geometry.base import invsqrtm, sqrtm  # a second to import

    with one_thread():
        R_new, R_known = (_mean_covariance(z) for z in (new, known))
        matrix = sqrtm(R_known) @ invsqrtm(R_new)
    mapping.spatial.copy_(torch.from_numpy(matrix))


def _mean_covariance(z: Tensor) -> NDArray[np.float64]:
    from pyriemann.estimation import Covariances  # a second to import
    from pyriemann.geometry.mean import gmean

    covariances = Covariances("oas").transform(z.double().numpy())
    return gmean(covariances + 1e-6 * np.eye(z.shape[1]), metric="euclid")


@torch.no_grad()
def _least_squares(mapping: ElectrodeMap, new: Tensor, source: Tensor) -> None:
    """Set a map to the matrix M that minimises |S - M S_new|², slightly shrunk."""
    x, y = (part.double().transpose(0, 1).flatten(1) for part in (new, source))  # (C, n T)
    xx = x @ x.T
    penalty = _RIDGE * xx.diagonal().mean() * torch.eye(len(xx), dtype=xx.dtype)
    mapping.spatial.copy_(torch.linalg.solve(xx + penalty, x @ y.T).T)


@torch.no_grad()
def _match_variance(mapping: ElectrodeMap, new: Tensor) -> None:
    """Scale the output of each electrode to unit variance."""
    sd = mapping(new).std((0, 2)).clamp_min(1e-6)
    mapping.spatial.div_(sd[:, None])
