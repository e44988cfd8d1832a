"""The coordinates that the diffusion runs in."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.config.train import SpgnOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.models.spgn.evoked import EvokedHead


class Coordinates(nn.Module):
    """What the evoked head leaves of normalised EEG, whitened: zero mean, unit variance.

    A window becomes two parts: what is diffused, (C, K) over sources and points in time, and the
    components above the bands, (C, T - K), which are left to be Gaussian. Without head, all of the
    window is left; without whitening, it is divided by its SD, sources are electrodes and K is T.
    """

    sd: Tensor
    largest: Tensor  # of what is diffused, in the training windows; whitened, it has no bound

    def __init__(
        self,
        layout: EegLayout,
        spgn: SpgnOptions,
        condition: ConditionOptions,
        *,
        evoked: bool,
        whitened: bool,
    ) -> None:
        """Make the parts in use; see `config.train.Spgn` for their options."""
        super().__init__()
        C, T, S = len(layout.channels), layout.n_samples, len(layout.subjects)
        self.head = EvokedHead(layout, spgn.evoked, condition) if evoked else None
        self.whitening = Whitening(S, C, T, layout.sfreq) if whitened else None
        self.n_points = T if self.whitening is None else self.whitening.n_points
        self.register_buffer("sd", torch.ones(()))
        self.register_buffer("largest", torch.tensor(torch.inf))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor) -> None:
        """Take the weights of the head's least squares.

        Args:
            x: Normalised EEG of the training windows, (n, C, T).
            subject: Index of each window's person, (n,).
        """
        self.sd.copy_(_sd(x))
        if self.whitening is not None:
            self.whitening.fit_weights(x, subject)

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Whiten what the trained head leaves of the training windows, given batch by batch."""
        left = [(x - self.evoked(condition), condition.subject) for x, condition in batches]
        residual, subject = (torch.cat(parts).cpu() for parts in zip(*left, strict=True))
        self.sd.copy_(_sd(residual))
        if self.whitening is None:
            self.largest.copy_(residual.abs().max() / self.sd)
        else:
            self.whitening.cpu().fit(residual, subject)  # scikit-learn's part runs there anyway
            self.whitening.to(self.sd.device)

    @torch.no_grad()
    def fit_person(self, s: int, x: Tensor, condition: Condition) -> None:
        """Whiten what the head leaves of the windows (n, C, T) of one more person, of index s."""
        if self.whitening is not None:
            left = (x - self.evoked(condition)).cpu()
            self.whitening.cpu().fit_person(s, left)
            self.whitening.to(self.sd.device)

    def evoked(self, condition: Condition) -> Tensor:
        """Conditional mean of normalised EEG, (B, C, T), or 0 without head."""
        if self.head is None:
            return torch.zeros((), device=condition.subject.device)
        m = self.head(condition)  # (B, C, T)
        return m if self.whitening is None else self.whitening.in_band(m)

    def weighted(self, left: Tensor, subject: Tensor) -> Tensor:
        """Weigh what the head leaves for least squares, (B, C, T)."""
        return left / self.sd if self.whitening is None else self.whitening.weighted(left, subject)

    def frame(self, subject: Tensor) -> Tensor | None:
        """Rotation of a person's sources towards the electrodes, (B, C, C), where there is one."""
        return None if self.whitening is None else self.whitening.frame[subject]

    def forward(self, x: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """From normalised EEG, (B, C, T), to (B, C, K) and (B, C, T - K)."""
        return self.split(x - self.evoked(condition), condition.subject)

    def split(self, left: Tensor, subject: Tensor) -> tuple[Tensor, Tensor]:
        """From what the head leaves of normalised EEG, (B, C, T), to the same two parts."""
        K = self.n_points
        if self.whitening is None:
            return left / self.sd, left[..., K:]
        z = self.whitening(left, subject)  # (B, C, T)
        return z[..., :K] @ self.whitening.points, z[..., K:]

    def inverse(self, z: Tensor, rest: Tensor, subject: Tensor) -> Tensor:
        """Back to what the head leaves of normalised EEG, (B, C, T)."""
        if self.whitening is None:
            return z * self.sd
        whitened = torch.cat([z @ self.whitening.points.T, rest], dim=-1)  # (B, C, T)
        return self.whitening.inverse(whitened, subject)


def _sd(x: Tensor) -> Tensor:
    return x.square().mean().sqrt().clamp_min(1e-6)
