"""Energies of training windows by rank: planted events, few windows, components of bands."""

from itertools import pairwise

import pytest
import torch

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.spgn.energies import Energies, by_rank, component_bands


def windows(n, share, seed=0):
    """Whitened noise of three sources; in source 1, events hold nine tenths of the energy."""
    rng = torch.Generator().manual_seed(seed)
    y = torch.randn(n, 3, 80, generator=rng)
    strong = torch.arange(n) < share * n
    y[:, 1] *= torch.where(strong, (0.9 / share) ** 0.5, (0.1 / (1 - share)) ** 0.5)[:, None]
    return y


def fitted(y, subject=None):
    energies = Energies(2, 3, 80, 1.0)
    energies.fit(y, torch.zeros(len(y), dtype=torch.long) if subject is None else subject)
    return energies


def test_a_source_with_events_varies_and_noise_does_not():
    varies = fitted(windows(400, 0.2)).varies(torch.tensor(0))
    assert varies[1].all()
    assert not varies[[0, 2]].any()


def test_the_mean_energy_is_one():
    energies = fitted(3 * windows(400, 0.2))
    torch.testing.assert_close(energies.ranked.exp().mean(-1), torch.ones(3, 3, 5))


def test_ranks_are_means_of_equal_groups():
    ranked = by_rank(torch.arange(1.0, 33.0).flip(0)[:, None])
    torch.testing.assert_close(ranked[0].exp(), torch.arange(1.5, 33, 2))


@pytest.mark.parametrize("n", [1, 2, 15, 17])
def test_few_windows_give_all_ranks(n):
    ranked = by_rank(torch.arange(1.0, n + 1)[:, None])
    assert ranked.shape == (1, 16)
    assert (ranked.diff() >= 0).all()


def test_unknown_people_have_the_population_and_few_windows_stay_near_it():
    subject = torch.arange(800) % 2
    energies = fitted(windows(800, 0.2), subject)
    steady = torch.randn(400, 3, 80, generator=torch.Generator().manual_seed(1))
    distances = []
    for n in (0, 10, 400):
        energies.fit_person(0, steady[:n])
        distances.append((energies.ranked[0, 1] - energies.ranked[2, 1]).abs().mean().item())
    assert distances[0] == 0
    assert 0 < distances[1] < distances[2] / 3
    assert not energies.varies(torch.tensor(0))[1].any()


@pytest.mark.parametrize(("seconds", "n"), [(1.0, 80), (0.5, 40), (2.0, 160), (0.1, 8)])
def test_bands_cover_all_components_once(seconds, n):
    bands = component_bands(seconds, n)
    assert bands[0][0] == 0
    assert bands[-1][1] == n
    assert all(high == low for (_, high), (low, _) in pairwise(bands))
    if seconds >= 0.5:
        assert len(bands) == len(BANDS)


def test_values_of_bands_are_repeated_for_their_components():
    energies = Energies(1, 1, 80, 1.0)
    per_component = energies.per_component(torch.arange(5.0)[None])
    for value, (low, high) in enumerate(energies.bands):
        assert (per_component[0, low:high] == value).all()
