"""Windows of one continuous recording: SPGN's samples from overlapping pieces of long noise.

Windows that overlap begin with the same noise, but one may make a blink of it where the other,
which sees another part, does not. Therefore, they share their prediction in every step of the
sampler, as the views of a panorama do (Bar-Tal et al. 2023, MultiDiffusion, arXiv 2302.08113).
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.parts.long_noise import LongNoise
from videeg_pipe.runtime.seeds import derive_seed

if TYPE_CHECKING:
    from videeg_pipe.models.spgn.generator import Spgn


class ContinuousSpgn:
    """A sampler of windows that agree where they overlap, for one person."""

    def __init__(self, generator: "Spgn", subject: int, seed: int) -> None:
        """Prepare the noise.

        Args:
            generator: Trained, in evaluation mode, with whitening.
            subject: Index of the person.
            seed: Of the recording.
        """
        whitening = generator.coordinates.whitening
        assert whitening is not None  # `Spgn.continuous` checks it
        self.generator, self.subject, self.seed = generator, subject, seed
        self.noise = LongNoise(whitening, subject, seed)
        # the reference leaves fewer sources than electrodes; the network expects noise in all
        self.absent = whitening.mixing[subject].abs().sum(0) == 0  # (C,)
        self.weight = torch.hann_window(self.noise.T + 2)[1:-1]  # (T,) of a window in the mean

    def with_seed(self, seed: int) -> "ContinuousSpgn":
        """Return the sampler of another recording of the same person."""
        return ContinuousSpgn(self.generator, self.subject, seed)

    @torch.no_grad()
    def residual(self, starts: list[int], condition: Condition, settings: SampleOptions) -> Tensor:
        """Draw windows of what `Spgn.conditional_mean` leaves open.

        Args:
            starts: First sample of each of B windows in the recording.
            condition: Their conditions.
            settings: Sampler, steps, guidance and precision.

        Returns:
            Normalised EEG without its conditional mean, (B, C, T).
        """
        generator = self.generator
        z = self.draw(starts, condition, settings)
        z = generator.calibrated(z, condition, settings, continuous=self)
        return generator.decode(z, condition.subject)

    def draw(self, starts: list[int], condition: Condition, settings: SampleOptions) -> Tensor:
        """Draw coordinates, (B, C, T), before their calibration; windows that overlap agree."""
        generator, subject = self.generator, condition.subject
        z = generator.encode(self.noise.windows(starts).to(subject.device), subject)
        for place, start in enumerate(starts):
            rng = torch.Generator().manual_seed(derive_seed(self.seed, "absent", str(start)))
            white = torch.randn(z.shape[1:], generator=rng).to(z)
            z[place, self.absent] = white[self.absent]
        z = settings.temperature * z
        rngs = [torch.Generator().manual_seed(derive_seed(self.seed, str(s))) for s in starts]
        predict = generator.predictor(condition, settings)

        def agreeing(x_t: Tensor, t: Tensor) -> Tensor:
            return self._agreed(predict(x_t, t), starts, subject)

        return generator.draw(agreeing, z, generator.sampling(settings), rngs)

    def _agreed(self, v: Tensor, starts: list[int], subject: Tensor) -> Tensor:
        """Replace v, (B, C, K), by its mean over windows, taken in EEG at the same times."""
        first, T = min(starts), len(self.weight)
        weight = self.weight.to(v)
        rest = v.new_zeros(*v.shape[:2], T - v.shape[2])
        windows = weight * self.generator.decode(torch.cat([v, rest], dim=-1), subject)
        course = v.new_zeros(v.shape[1], max(starts) - first + T)
        total = torch.zeros_like(course[0])
        for start, window in zip(starts, windows, strict=True):
            course[:, start - first : start - first + T] += window
            total[start - first : start - first + T] += weight
        course = course / total.clamp_min(weight[0])  # 0 between windows far apart
        mean = torch.stack([course[:, start - first : start - first + T] for start in starts])
        agreed = self.generator.encode(mean, subject)[..., : v.shape[2]]
        return torch.where(self.absent[:, None].to(v.device), v, agreed)
