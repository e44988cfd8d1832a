"""Strengths that change from window to window: bursts of a source's rhythm, level of the rest.

Whitened, a rhythm such as alpha is a few directions of one source, which weigh little in the loss,
so that a network alone leaves them Gaussian. Here, they are a Gaussian scale mixture: in a Gaussian
background, Gaussian noise times a strength a, which is log-normal over windows with E[a^2] = 1
(Wainwright and Simoncelli 1999, Scale mixtures of Gaussians and the statistics of natural images).
All other directions of the source have a strength of their own, its level, unless the source has
events that not all frequencies share. The best denoiser of the mixture is known and needs no
training; the network learns what remains.
"""

import numpy as np
import torch
from torch import Tensor, nn

from videeg_pipe.models.parts.source_spectra import n_rhythm_modes, rhythm_modes
from videeg_pipe.models.parts.whitening import Whitening

_NODES = 15  # of the quadrature over strengths
_SPREADS = torch.arange(0.0, 1.55, 0.05)  # of log a, among which the most likely is chosen
_LEAST_GAIN = 3.0  # of the log likelihood, by which a spread must exceed none
_PRIOR_WINDOWS = 10  # weight of the population's spread, in windows
_LEVEL_BANDS = 5  # ranges of components; the level is what all of them share
_LARGEST_RATIO = 2.0  # of their spreads; a source with a larger one has events, such as blinks


class Bursts(nn.Module):
    """Each person's rhythms and the spread of log a, and the denoiser that follows from them."""

    directions: Tensor
    share: Tensor
    spread: Tensor
    level_spread: Tensor
    nodes: Tensor
    log_weights: Tensor

    def __init__(self, n_subjects: int, n_channels: int, n_points: int, sfreq: float) -> None:
        """Start without bursts.

        Args:
            n_subjects: S; index S stands for unknown people.
            n_channels: C.
            n_points: K, whitened components.
            sfreq: Hz.
        """
        super().__init__()
        self.sfreq = sfreq
        S, C, K, r = n_subjects, n_channels, n_points, n_rhythm_modes(n_points)
        self.register_buffer("directions", torch.eye(K)[:, :r].repeat(S + 1, C, 1, 1))  # (K, r)
        self.register_buffer("share", torch.zeros(S + 1, C, r))  # of rhythms, in the variance
        self.register_buffer("spread", torch.zeros(S + 1, C))
        self.register_buffer("level_spread", torch.zeros(S + 1, C))
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)  # of a standard normal
        self.register_buffer("nodes", torch.tensor(nodes).float(), persistent=False)
        log_weights = torch.tensor(weights / weights.sum()).log().float()
        self.register_buffer("log_weights", log_weights, persistent=False)

    @torch.no_grad()
    def fit(self, whitening: Whitening, y: Tensor, subject: Tensor) -> None:
        """Fit all people; the spread of unknown people is the root mean square of theirs.

        Args:
            whitening: Fitted.
            y: Whitened training windows over components, (n, C, K).
            subject: Index of each window's person, (n,).
        """
        S = len(self.spread) - 1
        for s in range(S + 1):
            self._find_rhythms(s, whitening)
        people = {s: y[subject == s] for s in range(S)}
        own = {s: self._spreads(s, of) for s, of in people.items() if len(of) > 1}
        if own:
            self.spread[S], self.level_spread[S] = (
                torch.stack(of).square().mean(0).sqrt() for of in zip(*own.values(), strict=True)
            )
        for s, of in people.items():
            self._shrink(s, own.get(s), len(of))

    @torch.no_grad()
    def fit_person(self, s: int, whitening: Whitening, y: Tensor) -> None:
        """Fit one person, of index s, on their windows (n, C, K).

        The spread is shrunk to the population's, more so with few windows.
        """
        self._find_rhythms(s, whitening)
        self._shrink(s, self._spreads(s, y) if len(y) > 1 else None, len(y))

    def _shrink(self, s: int, own: tuple[Tensor, Tensor] | None, n: int) -> None:
        """Set a person's spreads: a mean of their own, of n windows, and the population's."""
        weight, prior = n / (n + _PRIOR_WINDOWS), (self.spread[-1], self.level_spread[-1])
        self.spread[s], self.level_spread[s] = (
            (weight * of.square() + (1 - weight) * rest.square()).sqrt()
            for of, rest in zip(own or prior, prior, strict=True)
        )

    def _spreads(self, s: int, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the spreads of rhythms and levels, (C,) each, of windows (n, C, K)."""
        directions = self.directions[s] * (self.share[s] > 0)[:, None]  # (C, K, r), of rhythms
        rhythm = torch.einsum("nck,ckr,clr->ncl", y, directions, directions)
        return self._most_likely(s, y), _common_spread(y - rhythm)

    def _find_rhythms(self, s: int, whitening: Whitening) -> None:
        self.directions[s], self.share[s] = rhythm_modes(
            whitening.spectrum[s],
            whitening.basis[:, : whitening.n_points],
            whitening.modes[s],
            whitening.mode_sd[s],
            self.sfreq,
        )

    def _most_likely(self, s: int, y: Tensor) -> Tensor:
        """Return the spreads that make windows (n, C, K) most likely, (C,)."""
        energy = torch.einsum("nck,ckr->ncr", y, self.directions[s]).square()
        likelihoods = torch.zeros(len(_SPREADS), y.shape[1])
        for place, spread in enumerate(_SPREADS):
            variance = self._variance(self.share[s], spread.expand(y.shape[1]))  # (C, r, nodes)
            for part in energy.split(64):
                log_p = self._log_posterior(part, variance[None])  # (n, C, nodes)
                likelihoods[place] += log_p.logsumexp(-1).sum(0)
        best = likelihoods.argmax(0)
        gain = likelihoods.amax(0) - likelihoods[0]
        return torch.where(gain > _LEAST_GAIN, _SPREADS[best], 0.0)

    def _variance(self, share: Tensor, spread: Tensor) -> Tensor:
        """Return the variance along each direction at each node, (..., r, nodes), 1 in the mean.

        Args:
            share: What a scales, in the variance along a direction, (..., r).
            spread: Of log a, (...).
        """
        s = spread[..., None]
        a2 = torch.exp(2 * s * (self.nodes - s))[..., None, :]  # (..., 1, nodes)
        return 1 + share[..., None] * (a2 - 1)

    def _log_posterior(self, energy: Tensor, variance: Tensor) -> Tensor:
        """Return log p of nodes and squares, up to a constant, (B, C, nodes).

        Args:
            energy: Squares along the directions, (B, C, r).
            variance: Of each node, (B, C, r, nodes).
        """
        log_p = variance.log() + energy[..., None] / variance
        return self.log_weights - 0.5 * log_p.sum(-2)

    def forward(self, y_t: Tensor, signal_share: Tensor, subject: Tensor) -> Tensor:
        """Predict v = alpha noise - sigma y_0 of the mixture from noisy components.

        Args:
            y_t: alpha y_0 + sigma noise, (B, C, K).
            signal_share: alpha^2, (B,).
            subject: Whose windows these are, (B,).

        Returns:
            (B, C, K). It is the mean of v over the posterior of a given y_t; with variance d of
            y_0 in a direction, v = alpha sigma (1 - d) / (alpha^2 d + sigma^2) y_t there.
        """
        directions = self.directions[subject]  # (B, C, K, r)
        share, alpha2 = self.share[subject], signal_share[:, None, None, None]
        along = torch.einsum("bck,bckr->bcr", y_t, directions) * (share > 0)
        rest = y_t - torch.einsum("bcr,bckr->bck", along, directions)  # (B, C, K)

        d = self._variance(share, self.spread[subject])  # (B, C, r, nodes)
        p = self._log_posterior(along.square(), alpha2 * d + 1 - alpha2).softmax(-1)
        gain = torch.einsum("bcrj,bcj->bcr", _gain(d, alpha2), p)

        level = self._variance(torch.ones_like(share[..., :1]), self.level_spread[subject])
        n_rest = y_t.shape[-1] - (share > 0).sum(-1)  # (B, C) directions
        variance = (alpha2 * level + 1 - alpha2)[..., 0, :]  # (B, C, nodes)
        energy = rest.square().sum(-1)[..., None]
        log_p = self.log_weights - 0.5 * (n_rest[..., None] * variance.log() + energy / variance)
        level_gain = (log_p.softmax(-1) * _gain(level, alpha2)[..., 0, :]).sum(-1)  # (B, C)
        rhythm = torch.einsum("bcr,bckr->bck", gain * along, directions)
        return rhythm + level_gain[..., None] * rest


def _gain(d: Tensor, alpha2: Tensor) -> Tensor:
    """Return v / y_t in directions with variance d of y_0."""
    return (alpha2 * (1 - alpha2)).sqrt() * (1 - d) / (alpha2 * d + 1 - alpha2)


def _common_spread(y: Tensor) -> Tensor:
    """Return the spread of the log level that all bands of components (n, C, K) share, (C,)."""
    found = []
    for part in y.tensor_split(_LEVEL_BANDS, dim=-1):
        half = torch.tensor(part.shape[-1] / 2)
        log_power = part.square().mean(-1).clamp_min(1e-6).log()  # (n, C)
        found.append(log_power.var(0) - torch.polygamma(1, half))  # that of noise is subtracted
    spreads = torch.stack(found).clamp_min(0).sqrt() / 2  # (bands, C)
    least, most = spreads.amin(0), spreads.amax(0)
    return torch.where(most <= _LARGEST_RATIO * least, least, 0.0)
