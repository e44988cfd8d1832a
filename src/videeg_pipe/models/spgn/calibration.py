"""Calibration of SPGN's samples: each person's sources get the energies of training windows.

The departure moves samples away from a Gaussian and changes their power on the way, by another
factor for each source. The sampler itself tells which: whitened training windows have a mean square
of 1, so the gain follows from the mean square of some draws. Where a source has events, such as
blinks, draws of it are too rare and too strong; there, a window's gain depends on its rank among
the draws, so that the energies of the draws become those of the training windows. The calibration
needs no EEG, and follows every change of the sampling options and every added person.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import without_stimulus
from videeg_pipe.models.spgn.energies import by_rank, log_energy

if TYPE_CHECKING:
    from videeg_pipe.models.spgn.continuous import ContinuousSpgn
    from videeg_pipe.models.spgn.generator import Spgn

_DRAWS = 256  # per person, each of other noise: errors common to all people do not cancel
_BATCH = 64  # fixed, because rounding depends on it
_PRIOR_DRAWS = 10  # weight of a gain of 1, in draws: few of them contain a blink


@dataclass(frozen=True)
class _Draws:
    """What one person's draws tell."""

    gain: Tensor  # (C, bands), for sources without events
    ranked: Tensor  # (C, bands, ranks), logarithms of energies; see `by_rank`


@dataclass(frozen=True)
class Calibration:
    """Draws per person, sentence and sampling options; they are made when first needed."""

    _draws: dict[tuple[int, bytes, str], _Draws] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all draws, because weights may change."""
        self._draws.clear()

    def gain(
        self,
        generator: "Spgn",
        energy: Tensor,
        condition: Condition,
        settings: SampleOptions,
        continuous: "ContinuousSpgn | None" = None,
    ) -> Tensor:
        """Return the gains of sources and bands, (B, C, bands).

        Args:
            generator: A trained generator in evaluation mode, with whitening.
            energy: Mean squares of B drawn windows, (B, C, bands); see `Energies.measure`.
            condition: Their conditions, of which person and sentence count.
            settings: Options of the sampler; the gain is that of temperature 1.
            continuous: Sampler of continuous EEG; None for windows from white noise.
        """
        energies = generator.coordinates.energies
        assert energies is not None
        settings = settings.model_copy(update={"temperature": 1.0})
        options = settings.model_dump_json(exclude={"batch_size", "part_size", "threads"})
        sentences = condition.text.mean(1).cpu().numpy()  # (B, 768)
        places: dict[tuple[int, bytes, str], int] = {}  # of each person and sentence of the batch
        which = []
        for row, subject in enumerate(condition.subject.tolist()):
            key = (subject, sentences[row].tobytes(), options + f"{continuous is not None}")
            if key not in self._draws:
                rows = torch.full((_BATCH,), row, device=condition.subject.device)
                batch = without_stimulus(condition.take(rows))
                self._draws[key] = _draw(generator, batch, settings, continuous)
            which.append(places.setdefault(key, len(places)))
        drawn = [self._draws[key] for key in places]
        ranked = torch.stack([own.ranked for own in drawn])[which]  # (B, C, bands, ranks)
        gain = torch.stack([own.gain for own in drawn])[which]  # (B, C, bands)
        change = (energies.ranked[condition.subject] - ranked) / 2  # of log amplitude
        of_rank = _interpolate(log_energy(energy), ranked, change).exp()
        return torch.where(energies.varies(condition.subject), of_rank, gain)


@torch.no_grad()
def _draw(
    generator: "Spgn",
    condition: Condition,
    settings: SampleOptions,
    continuous: "ContinuousSpgn | None",
) -> _Draws:
    """Draw for one person, without stimulus.

    Args:
        generator: A trained generator with whitening.
        condition: A batch of equal conditions, without stimulus.
        settings: Options of the sampler.
        continuous: Sampler of continuous EEG; None for windows from white noise.
    """
    whitening, energies = generator.coordinates.whitening, generator.coordinates.energies
    assert whitening is not None
    assert energies is not None
    K, first = whitening.n_points, _DRAWS * int(energies.noise[condition.subject[0]])
    predict = generator.predictor(condition, settings)
    long = None if continuous is None else continuous.with_seed(first)
    found = []
    for start in range(0, _DRAWS, _BATCH):
        if long is None:
            seeds = range(first + start, first + start + _BATCH)
            noise, rngs = generator.initial_noise(seeds, settings)
            z = generator.draw(predict, noise.to(condition.clip), settings, rngs)
        else:
            hop = generator.layout.n_samples // 2  # half of a window, as `generator.joining`
            starts = [hop * (start + place) for place in range(_BATCH)]
            z = long.draw(starts, condition, settings)
        found.append(energies.measure(z[..., :K] @ whitening.points.T))
    energy = torch.cat(found)  # (draws, C, bands)
    gain = ((_DRAWS + _PRIOR_DRAWS) / (energy.sum(0) + _PRIOR_DRAWS)).sqrt()
    return _Draws(gain, by_rank(energy))


def _interpolate(x: Tensor, xs: Tensor, ys: Tensor) -> Tensor:
    """Interpolate linearly between points, and constantly beyond them.

    Args:
        x: Places, (...).
        xs: Points, ascending, (..., n).
        ys: Values at them, (..., n).

    Returns:
        (...).
    """
    right = torch.searchsorted(xs, x[..., None]).clamp(1, xs.shape[-1] - 1)  # (..., 1)
    (x0, x1), (y0, y1) = (
        (of.gather(-1, right - 1)[..., 0], of.gather(-1, right)[..., 0]) for of in (xs, ys)
    )
    share = ((x - x0) / (x1 - x0).clamp_min(1e-6)).clamp(0, 1)
    return y0 + share * (y1 - y0)
