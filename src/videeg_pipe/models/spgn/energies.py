"""Energies of whitened training windows by rank: how steady or sparse each source is in each band.

The mean square of a whitened source is 1 over the training windows. Over single windows, that of
blinks is near 0 in most and large in some, which a mean does not tell.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from videeg_pipe.contracts.bands import BANDS

_RANKS = 16  # groups of equally many windows, in the order of their energy
_PRIOR_WINDOWS = 50  # weight of the population's energies, in windows
_VARIES = 1.3  # SD over mean from which a band has events; Gaussian noise in delta has 0.5
_LEAST = 1e-5  # mean square; below, a source is absent


class Energies(nn.Module):
    """Energies of each person's training windows, per source and band, by rank."""

    ranked: Tensor
    noise: Tensor

    def __init__(self, n_subjects: int, n_channels: int, n_points: int, seconds: float) -> None:
        """Start with the same energy, 1, in all windows.

        Args:
            n_subjects: S; index S stands for unknown people.
            n_channels: C.
            n_points: K, whitened components.
            seconds: Length of a window.
        """
        super().__init__()
        self.bands = component_bands(seconds, n_points)
        shape = (n_subjects + 1, n_channels, len(self.bands), _RANKS)
        self.register_buffer("ranked", torch.zeros(shape))  # logarithms
        # noise of the calibration's draws; added people have that of unknown ones, 0
        self.register_buffer("noise", (torch.arange(n_subjects + 1) + 1) % (n_subjects + 1))

    @torch.no_grad()
    def fit(self, y: Tensor, subject: Tensor) -> None:
        """Fit all people; unknown people have the mean of their logarithms.

        Args:
            y: Whitened training windows over components, (n, C, K).
            subject: Index of each window's person, (n,).
        """
        S, people = len(self.ranked) - 1, subject.unique().tolist()
        own = {s: by_rank(self.measure(y[subject == s])) for s in people}
        self.ranked[S] = _unit_mean(torch.stack(list(own.values())).mean(0))
        for s in range(S):
            self._shrink(s, own.get(s), int((subject == s).sum()))

    @torch.no_grad()
    def fit_person(self, s: int, y: Tensor) -> None:
        """Fit one person, of index s, on their windows (n, C, K)."""
        self._shrink(s, by_rank(self.measure(y)) if len(y) else None, len(y))

    def _shrink(self, s: int, own: Tensor | None, n: int) -> None:
        """Set a person's energies: a mean of their own, of n windows, and the population's."""
        prior = self.ranked[-1]
        weight = n / (n + _PRIOR_WINDOWS)
        self.ranked[s] = prior if own is None else _unit_mean(weight * own + (1 - weight) * prior)

    def measure(self, y: Tensor) -> Tensor:
        """Return the mean squares per band, (n, C, bands), of components (n, C, K)."""
        return torch.stack([y[..., low:high].square().mean(-1) for low, high in self.bands], -1)

    def per_component(self, of_bands: Tensor) -> Tensor:
        """Repeat values per band, (..., bands), for each component, (..., K)."""
        sizes = torch.tensor([high - low for low, high in self.bands], device=of_bands.device)
        return of_bands.repeat_interleave(sizes, dim=-1)

    def varies(self, subject: Tensor) -> Tensor:
        """Return in which bands of which sources people, (...), have events: (..., C, bands)."""
        return (self.ranked.exp().std(-1, correction=0) > _VARIES)[subject]


def by_rank(energy: Tensor) -> Tensor:
    """Sort windows by energy, and return the logarithm of the mean of equal groups.

    Args:
        energy: (n, ...); with fewer windows than groups, some stand for several.

    Returns:
        (..., groups), ascending.
    """
    n = len(energy)
    energy = energy.repeat_interleave(-(-_RANKS // n), dim=0) if n < _RANKS else energy
    groups = energy.sort(0).values.tensor_split(_RANKS)
    return log_energy(torch.stack([group.mean(0) for group in groups], -1))


def log_energy(energy: Tensor) -> Tensor:
    """Return the logarithm of mean squares, (...), which is finite for absent sources too."""
    return energy.clamp_min(_LEAST).log()


def _unit_mean(ranked: Tensor) -> Tensor:
    """Give energies (..., groups), in logarithms, a mean of 1."""
    return ranked - ranked.exp().mean(-1, keepdim=True).log()


def component_bands(seconds: float, n_components: int) -> list[tuple[int, int]]:
    """Return the range of components of each band, for windows of a length in seconds.

    There are two components per hertz and second, as in a discrete cosine transform.
    """
    inner = [round(2 * high * seconds) for _, high in BANDS.values()][:-1]
    edges = [0, *(min(edge, n_components) for edge in inner), n_components]
    return [(low, high) for low, high in pairwise(edges) if low < high]
