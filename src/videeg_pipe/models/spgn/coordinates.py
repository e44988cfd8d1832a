"""The coordinates of the diffusion: the whitened residual of the evoked head."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.models.spgn.bursts import Bursts
from videeg_pipe.models.spgn.energies import Energies
from videeg_pipe.models.spgn.evoked import EvokedHead

_BATCH = 64  # windows that are whitened at once: each needs the maps of its person


class Coordinates(nn.Module):
    """Normalised EEG minus the evoked head's mean, whitened: zero mean, unit variance.

    A window becomes two parts: the diffused part, (C, K) over sources and points in time, and the
    components above the bands, (C, T - K), which are modelled as Gaussian. Without head, the mean
    is 0. Without whitening, the residual is divided by its SD, sources are electrodes and K is T.
    """

    sd: Tensor
    largest: Tensor  # diffused value in the training windows; infinite for whitened windows

    def __init__(
        self,
        layout: EegLayout,
        spgn: SpgnOptions,
        condition: ConditionOptions,
        *,
        evoked: bool,
        whitened: bool,
    ) -> None:
        """Make the parts in use; see `config.train.SpgnOptions`."""
        super().__init__()
        C, T, S = len(layout.channels), layout.n_samples, len(layout.subjects)
        self.head = EvokedHead(layout, spgn.evoked, condition) if evoked else None
        self.whitening = Whitening(S, C, T, layout.sfreq) if whitened else None
        self.n_points = T if self.whitening is None else self.whitening.n_points
        bursts = whitened and spgn.bursts
        self.bursts = Bursts(S, C, self.n_points, layout.sfreq) if bursts else None
        self.energies = Energies(S, C, self.n_points, T / layout.sfreq) if whitened else None
        self.register_buffer("sd", torch.ones(()))
        self.register_buffer("largest", torch.tensor(torch.inf))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor) -> None:
        """Fit the weights of the head's least squares.

        Args:
            x: Normalised EEG of the training windows, (n, C, T).
            subject: Index of each window's person, (n,).
        """
        self.sd.copy_(_sd(x))
        if self.whitening is not None:
            self.whitening.fit_weights(x, subject)

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Fit whitening, energies and bursts of the trained head's residual, batch by batch."""
        residuals = [(x - self.evoked(condition), condition.subject) for x, condition in batches]
        residual, subject = (torch.cat(parts).cpu() for parts in zip(*residuals, strict=True))
        del residuals  # as large as their copy
        self.sd.copy_(_sd(residual))
        if self.whitening is None:
            self.largest.copy_(residual.abs().max() / self.sd)
        else:
            self.whitening.cpu().fit(residual, subject)  # scikit-learn needs it there
            y = self._components(residual, subject)
            if self.energies is not None:
                self.energies.cpu().fit(y, subject)
            if self.bursts is not None:
                self.bursts.cpu().fit(self.whitening, y, subject)
            self.to(self.sd.device)

    @torch.no_grad()
    def fit_person(self, s: int, x: Tensor, condition: Condition) -> None:
        """Fit one more person, of index s, on their windows (n, C, T)."""
        if self.whitening is not None:
            residual = (x - self.evoked(condition)).cpu()
            self.whitening.cpu().fit_person(s, residual)
            y = self._components(residual, torch.full((len(residual),), s))
            if self.energies is not None:
                self.energies.cpu().fit_person(s, y)
            if self.bursts is not None:
                self.bursts.cpu().fit_person(s, self.whitening, y)
            self.to(self.sd.device)

    def _components(self, residual: Tensor, subject: Tensor) -> Tensor:
        """Return whitened components in the bands, (n, C, K), of the head's residual."""
        assert self.whitening is not None
        batches = zip(residual.split(_BATCH), subject.split(_BATCH), strict=True)
        return torch.cat([self.whitening(*batch)[..., : self.n_points] for batch in batches])

    def burst_v(self, x_t: Tensor, signal_share: Tensor, subject: Tensor) -> Tensor:
        """Return the bursts' part of v, (B, C, K); see `Bursts`.

        Args:
            x_t: Noisy diffused part, (B, C, K).
            signal_share: alpha^2, (B,).
            subject: Whose windows these are, (B,).
        """
        if self.bursts is None or self.whitening is None:
            return torch.zeros((), device=x_t.device)
        points = self.whitening.points  # (K, K), components to points in time
        v = self.bursts(x_t.float() @ points.T, signal_share, subject)
        return v @ points

    def evoked(self, condition: Condition) -> Tensor:
        """Return the conditional mean of normalised EEG, (B, C, T), or 0 without head."""
        if self.head is None:
            return torch.zeros((), device=condition.subject.device)
        m = self.head(condition)  # (B, C, T)
        return m if self.whitening is None else self.whitening.in_band(m)

    def weighted(self, residual: Tensor, subject: Tensor) -> Tensor:
        """Weigh the head's residual for least squares, (B, C, T)."""
        if self.whitening is None:
            return residual / self.sd
        return self.whitening.weighted(residual, subject)

    def frame(self, subject: Tensor) -> Tensor | None:
        """Return the rotation of sources to electrodes, (B, C, C); None without whitening."""
        return None if self.whitening is None else self.whitening.frame[subject]

    def forward(self, x: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """Map normalised EEG, (B, C, T), to (B, C, K) and (B, C, T - K)."""
        return self.split(x - self.evoked(condition), condition.subject)

    def split(self, residual: Tensor, subject: Tensor) -> tuple[Tensor, Tensor]:
        """Map the head's residual, (B, C, T), to the same two parts."""
        K = self.n_points
        if self.whitening is None:
            return residual / self.sd, residual[..., K:]
        z = self.whitening(residual, subject)  # (B, C, T)
        return z[..., :K] @ self.whitening.points, z[..., K:]

    def inverse(self, z: Tensor, rest: Tensor, subject: Tensor) -> Tensor:
        """Map both parts back to the head's residual, (B, C, T)."""
        if self.whitening is None:
            return z * self.sd
        whitened = torch.cat([z @ self.whitening.points.T, rest], dim=-1)  # (B, C, T)
        return self.whitening.inverse(whitened, subject)


def _sd(x: Tensor) -> Tensor:
    return x.square().mean().sqrt().clamp_min(1e-6)
