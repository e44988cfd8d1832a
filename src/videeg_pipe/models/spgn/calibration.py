"""Calibration of SPGN's samples: gains that give each person's sources the power of training.

The departure moves samples away from a Gaussian and changes their power on the way, by another
factor for each source. The sampler itself tells which: whitened training windows have a mean square
of 1, so the gain follows from the mean square of some draws. It needs no EEG, and follows every
change of the sampling options and every added person.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.base import without_stimulus

if TYPE_CHECKING:
    from videeg_pipe.models.spgn.continuous import ContinuousSpgn
    from videeg_pipe.models.spgn.generator import Spgn

_DRAWS = 128  # per person
_BATCH = 64  # fixed, because rounding depends on it
_SEED = 0  # of long noise, so that the gain is the same for all recordings
_PRIOR_DRAWS = 10  # weight of a gain of 1, in draws: few of them contain a blink


@dataclass(frozen=True)
class Calibration:
    """Gains per person, sentence and sampling options; each is computed when first needed."""

    _gains: dict[tuple[int, bytes, str], Tensor] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all gains, because weights may change."""
        self._gains.clear()

    def gain(
        self,
        generator: "Spgn",
        condition: Condition,
        settings: SampleOptions,
        continuous: "ContinuousSpgn | None" = None,
    ) -> Tensor:
        """Return the gains of sources and components, (B, C, K).

        Args:
            generator: A trained generator in evaluation mode, with whitening.
            condition: B conditions, of which person and sentence count.
            settings: Options of the sampler; the gain is that of temperature 1.
            continuous: Sampler of continuous EEG; None for windows from white noise.
        """
        settings = settings.model_copy(update={"temperature": 1.0})
        options = settings.model_dump_json(exclude={"batch_size", "part_size", "threads"})
        sentences = condition.text.mean(1).cpu().numpy()  # (B, 768)
        gains = []
        for row, subject in enumerate(condition.subject.tolist()):
            key = (subject, sentences[row].tobytes(), options + f"{continuous is not None}")
            if key not in self._gains:
                rows = torch.full((_BATCH,), row, device=condition.subject.device)
                batch = without_stimulus(condition.take(rows))
                self._gains[key] = _gain(generator, batch, settings, continuous)
            gains.append(self._gains[key])
        return torch.stack(gains).to(condition.subject.device)


@torch.no_grad()
def _gain(
    generator: "Spgn",
    condition: Condition,
    settings: SampleOptions,
    continuous: "ContinuousSpgn | None",
) -> Tensor:
    """Return one person's gains, (C, K), from draws without stimulus.

    Args:
        generator: A trained generator with whitening.
        condition: A batch of equal conditions, without stimulus.
        settings: Options of the sampler.
        continuous: Sampler of continuous EEG; None for windows from white noise.
    """
    whitening, layout = generator.coordinates.whitening, generator.layout
    assert whitening is not None
    K = whitening.n_points
    predict = generator.predictor(condition, settings)
    long = None if continuous is None else continuous.with_seed(_SEED)
    power = torch.zeros(len(layout.channels), K, device=condition.subject.device)
    for start in range(0, _DRAWS, _BATCH):
        if long is None:
            noise, rngs = generator.initial_noise(range(start, start + _BATCH), settings)
            z = generator.draw(predict, noise.to(power), settings, rngs)
        else:
            starts = [layout.n_samples * (start + place) for place in range(_BATCH)]
            z = long.draw(starts, condition, settings)
        power += (z[..., :K] @ whitening.points.T).square().sum(0)
    gain = torch.ones_like(power)
    for low, high in _bands(layout.n_samples / layout.sfreq, K):
        total = power[:, low:high].mean(1, keepdim=True)  # (C, 1)
        gain[:, low:high] = ((_DRAWS + _PRIOR_DRAWS) / (total + _PRIOR_DRAWS)).sqrt()
    return gain


def _bands(seconds: float, n_components: int) -> list[tuple[int, int]]:
    """Return the range of components of each band, for windows of a length in seconds.

    There are two components per hertz and second, as in a discrete cosine transform.
    """
    inner = [round(2 * high * seconds) for _, high in BANDS.values()][:-1]
    edges = [0, *(min(edge, n_components) for edge in inner), n_components]
    return [(low, high) for low, high in pairwise(edges) if low < high]
