"""Coordinates of white noise, on windows whose sources, mixing and spectra are known."""

import copy
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.parts import whitening as module
from videeg_pipe.models.parts.whitening import Whitening, _independent, karhunen_loeve

pytestmark = pytest.mark.usefixtures("single_thread")

C, T, SFREQ, N = 8, 100, 100.0, 300  # N windows of each of the first two people
FEW, ABSENT, S = 2, 3, 4  # somebody with eight windows, somebody with none, how many people
SOURCE = 5  # the one that blinks


def coloured(n, rng):
    """Gaussian sources (n, C, T), stationary, each with a spectrum of its own."""
    white = torch.randn(n, C, T + 200, generator=rng).numpy()
    sources = [lfilter([1, 0.1 * c], [1, -0.9 + 0.08 * c, 0.05 * c], white[:, c]) for c in range(C)]
    return torch.from_numpy(np.stack(sources, axis=1)[..., 200:]).float()


def blinks(n, rng, share=0.15):
    """Bumps in a share of the windows, (n, T)."""
    places = 60 * torch.rand(n, 1, generator=rng) + 20
    bumps = torch.exp(-(((torch.arange(T) - places) / 6) ** 2))
    return 20 * bumps * (torch.rand(n, 1, generator=rng) < share)


def mixing_of(person):
    """People are alike, but not the same."""
    common, own = (torch.Generator().manual_seed(seed) for seed in (100, 200 + person))
    rotation = torch.linalg.qr(torch.randn(C, C, generator=common))[0]
    return rotation + 0.15 * torch.randn(C, C, generator=own)


def recording(*, seed=0, blinking=False, referenced=False):
    """Windows (n, C, T), their subjects (n,), and the sources they are mixed from."""
    rng = torch.Generator().manual_seed(seed)
    subject = torch.cat([torch.full((n,), s) for s, n in ((0, N), (1, N), (FEW, 8))])
    sources = coloured(len(subject), rng)
    if blinking:
        sources[:, SOURCE] = blinks(len(subject), rng) + 0.1 * sources[:, SOURCE]
    x = torch.stack([mixing_of(s) for s in range(3)])[subject] @ sources
    return (x - x.mean(1, keepdim=True) if referenced else x), subject, sources


def fitted(x, subject):
    whitening = Whitening(S, C, T, SFREQ)
    whitening.fit(x, subject)
    return whitening


@pytest.fixture(scope="module")
def data():
    x, subject, _ = recording()
    return x, subject, fitted(x, subject)


@pytest.fixture(scope="module")
def referenced():
    x, subject, _ = recording(referenced=True)
    return x, subject, fitted(x, subject)


def noise_of(whitening, person, n=N, seed=7):
    rng = torch.Generator().manual_seed(seed)
    return whitening.inverse(
        torch.randn(n, C, T, generator=rng), torch.full((n,), person, dtype=torch.long)
    )


def band_power(x):
    """Power (bands,) over windows and electrodes."""
    power = torch.fft.rfft(x * torch.hann_window(T)).abs().square().mean((0, 1))
    frequency = torch.fft.rfftfreq(T, 1 / SFREQ)
    return torch.stack(
        [power[(low <= frequency) & (frequency < high)].mean() for low, high in BANDS.values()]
    )


def covariance(x):
    return torch.einsum("nct,ndt->cd", x, x) / (len(x) * x.shape[-1])


def apart(found, truth):
    return ((found - truth).norm() / truth.norm()).item()


def test_it_starts_as_the_identity():
    whitening, x = Whitening(S, C, T, SFREQ), torch.randn(5, C, T)
    subject = torch.arange(5)
    torch.testing.assert_close(whitening(x, subject), x)
    torch.testing.assert_close(whitening.inverse(x, subject), x)


@pytest.mark.parametrize("kind", ["data", "referenced"])
def test_colouring_undoes_whitening(kind, request):
    x, subject, whitening = request.getfixturevalue(kind)
    for person in (subject, torch.full_like(subject, S)):
        assert apart(whitening.inverse(whitening(x, person), person), x) < 1e-5


def test_whitening_undoes_colouring_where_there_is_full_rank(data):
    *_, whitening = data
    z, subject = torch.randn(20, C, T), torch.arange(20) % (S + 1)
    assert apart(whitening(whitening.inverse(z, subject), subject), z) < 1e-4


@pytest.mark.parametrize("kind", ["data", "referenced"])
@pytest.mark.parametrize("person", [0, 1])
def test_training_windows_become_white_in_every_group(kind, person, request):
    x, subject, whitening = request.getfixturevalue(kind)
    z = whitening(x, subject)[subject == person]
    rank = C - (kind == "referenced")
    for low, high in pairwise(whitening.edges):
        torch.testing.assert_close(
            covariance(z[:, :rank, low:high]), torch.eye(rank), rtol=0, atol=0.05
        )
    torch.testing.assert_close(z[:, :rank].square().mean(0), torch.ones(rank, T), rtol=0, atol=0.3)
    assert (z[:, rank:].abs() < 1e-2).all()


@pytest.mark.parametrize("referenced", [False, True])
def test_four_electrodes_become_white(referenced):
    rng = torch.Generator().manual_seed(0)
    mixing = torch.randn(4, 4, generator=rng)
    x, unseen = (mixing @ coloured(N, rng)[:, :4] for _ in range(2))
    if referenced:
        x, unseen = (windows - windows.mean(1, keepdim=True) for windows in (x, unseen))
    subject, rank = torch.zeros(N, dtype=torch.long), 4 - referenced
    whitening = Whitening(1, 4, T, SFREQ)
    whitening.fit(x, subject)
    z = whitening(unseen, subject)
    torch.testing.assert_close(covariance(z[:, :rank]), torch.eye(rank), rtol=0, atol=0.06)
    assert (z[:, rank:].abs() < 1e-2).all()
    assert apart(whitening.inverse(z, subject), unseen) < 1e-5
    noise = whitening.inverse(torch.randn(N, 4, T, generator=rng), subject)
    assert apart(covariance(noise), covariance(x)) < 0.1


def test_unseen_windows_become_white(data):
    *_, whitening = data
    x, subject, _ = recording(seed=1)
    z = whitening(x, subject)
    for person in (0, 1):
        own = z[subject == person]
        assert own.square().mean().item() == pytest.approx(1, abs=0.05)
        torch.testing.assert_close(covariance(own), torch.eye(C), rtol=0, atol=0.06)
        neighbours = (own[..., 1:] * own[..., :-1]).mean((0, 1))  # of components
        assert neighbours.abs().max() < 0.12


def test_groups_cover_all_components_and_widen():
    for n in (1, 5, 100, 199):
        edges = Whitening(1, 2, n, SFREQ).edges
        widths = [b - a for a, b in pairwise(edges)]
        assert edges[0] == 0 and edges[-1] == n and min(widths) >= 1
        assert widths[:-1] == sorted(widths[:-1])


@pytest.mark.parametrize("kind", ["data", "referenced"])
@pytest.mark.parametrize("person", [0, 1])
def test_coloured_noise_is_like_its_person(kind, person, request):
    x, subject, whitening = request.getfixturevalue(kind)
    own, noise = x[subject == person], noise_of(whitening, person)
    torch.testing.assert_close(band_power(noise), band_power(own), rtol=0.1, atol=0)
    assert apart(covariance(noise), covariance(own)) < 0.1
    assert apart(covariance(noise), covariance(x[subject == 1 - person])) > 0.3
    if kind == "referenced":
        assert noise.mean(1).abs().max() < 1e-4 * noise.std()


@pytest.mark.parametrize("kind", ["data", "referenced"])
@pytest.mark.parametrize("person", [FEW, ABSENT, S])
def test_people_hardly_known_are_like_the_population(kind, person, request):
    x, _, whitening = request.getfixturevalue(kind)
    noise = noise_of(whitening, person)
    assert noise.isfinite().all()
    ratio = band_power(noise) / band_power(x)
    assert (ratio < 1.5).all() and (ratio > 1 / 1.5).all()
    if person != FEW:  # whose own windows count for something
        assert apart(covariance(noise), covariance(x)) < 0.1
    mine = torch.full((len(x),), person)
    assert whitening(x, mine).isfinite().all()


def test_somebody_without_windows_is_the_population(data):
    *_, whitening = data
    for name in ("unmixing", "mixing", "frame", "sd", "root", "inverse_root", "soft_root"):
        maps = getattr(whitening, name)
        torch.testing.assert_close(maps[ABSENT], maps[S], rtol=1e-4, atol=1e-4)


def test_a_blink_is_among_the_first_sources():
    x, subject, sources = recording(blinking=True)
    whitening = fitted(x, subject)
    for person in (0, 1):
        mine = subject == person
        unmixed = (whitening.unmixing[person] @ x[mine]).transpose(0, 1).flatten(1)  # (C, n T)
        planted = sources[mine, SOURCE].flatten()
        r = torch.corrcoef(torch.cat([planted[None], unmixed]))[0, 1:].abs()
        assert r.argmax() == 0 and r[0] > 0.95
        z = whitening(x, subject)[mine, :, :10].transpose(0, 1).flatten(1)  # where blinks are
        kurtosis = z.pow(4).mean(1) / z.square().mean(1).square()
        assert kurtosis.argmax() == 0 and kurtosis[0] > 2 * kurtosis[1:].max()


def test_sources_have_the_same_place_and_sign_in_all_people():
    """Of two sources that blink, one is the sparser in one person, the other in the next."""
    _, subject, sources = recording()
    rng, pair = torch.Generator().manual_seed(5), [SOURCE, 2]
    for source, rates in zip(pair, ((0.04, 0.4), (0.4, 0.04)), strict=True):
        often = torch.rand(len(subject), generator=rng) < torch.tensor([*rates, 0.4])[subject]
        bumps = blinks(len(subject), rng, share=1) * often[:, None]
        sources[:, source] = bumps + 0.1 * sources[:, source]
    x = torch.stack([mixing_of(s) for s in range(3)])[subject] @ sources
    whitening = fitted(x, subject)
    found = []
    for person in (0, 1):
        mine = subject == person
        unmixed = (whitening.unmixing[person] @ x[mine]).transpose(0, 1).flatten(1)  # (C, n T)
        planted = sources[mine][:, pair].transpose(0, 1).flatten(1)  # (2, n T)
        r = torch.corrcoef(torch.cat([planted, unmixed]))[:2, 2:]
        place = r.abs().argmax(1)
        assert (r.abs().max(1).values > 0.9).all()
        found.append([*place.tolist(), *r[[0, 1], place].sign().tolist()])
    assert found[0] == found[1]


def test_a_source_with_rare_large_values_is_found():
    """Its mean log cosh is that of a Gaussian, so the default contrast of FastICA misses it."""
    rng, d = np.random.default_rng(0), 12
    samples = rng.standard_normal((20_000, d))
    rare = rng.random(len(samples)) < 0.003
    samples[:, 0] = np.where(rare, 5 * samples[:, 0], rng.uniform(-1, 1, len(samples)))
    samples[:, 0] /= samples[:, 0].std()
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    found = _independent((samples @ rotation.T).astype(np.float32))
    assert np.abs(found @ rotation[:, 0]).argmax() == 0  # the sparsest comes first
    assert np.abs(found @ rotation[:, 0])[0] > 0.98


def test_the_order_of_electrodes_does_not_matter(data):
    x, subject, whitening = data
    order = torch.randperm(C, generator=torch.Generator().manual_seed(3))
    permuted = fitted(x[:, order], subject)
    for person in (0, S):
        expected = covariance(noise_of(whitening, person))[order][:, order]
        assert apart(covariance(noise_of(permuted, person, seed=8)), expected) < 0.1


def test_the_basis_is_orthonormal_and_rises_in_frequency(data):
    basis = karhunen_loeve(data[0])
    torch.testing.assert_close(basis.T @ basis, torch.eye(T), rtol=0, atol=1e-5)
    crossings = (basis[1:] * basis[:-1] < 0).sum(0).float()  # of zero, two a period
    assert (crossings - torch.arange(T)).abs().max() <= 2


def test_components_of_the_basis_are_uncorrelated(data):
    x, _, whitening = data
    y = (x @ whitening.basis) / whitening.level
    torch.testing.assert_close(
        torch.einsum("nct,ncs->ts", y, y) / (len(y) * C), torch.eye(T), rtol=0, atol=0.12
    )


def test_a_basis_of_one_window_is_still_one():
    basis = karhunen_loeve(torch.randn(1, 1, T).cumsum(-1))
    torch.testing.assert_close(basis.T @ basis, torch.eye(T), rtol=0, atol=1e-5)


def test_points_and_frame_are_rotations(data):
    *_, whitening = data
    K = whitening.n_points
    assert K == 80  # 40 Hz of 50
    points = whitening.points
    torch.testing.assert_close(points.T @ points, torch.eye(K), rtol=0, atol=1e-5)
    frame = whitening.frame
    torch.testing.assert_close(frame @ frame.mT, torch.eye(C).expand_as(frame), atol=1e-5, rtol=0)


def test_points_are_a_course_in_time(data):
    *_, whitening = data
    for place in (20, 50, 80):
        x = torch.zeros(T)
        x[place] = 1
        at = (x @ whitening.basis[:, : whitening.n_points] @ whitening.points).abs().argmax()
        assert at.item() == pytest.approx(place * whitening.n_points / T, abs=1.5)


def test_in_band_keeps_the_bands_and_drops_what_is_above(data):
    *_, whitening = data
    time = torch.arange(T) / SFREQ
    slow, fast = ((2 * math.pi * f * time).sin().expand(1, C, T) for f in (10, 47))
    hann = torch.hann_window(T)  # no edges
    slow, fast = slow * hann, fast * hann
    once = whitening.in_band(slow + fast)
    assert apart(once, slow) < 0.05
    torch.testing.assert_close(whitening.in_band(once), once, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["data", "referenced"])
def test_weighted_windows_are_of_order_1_and_no_direction_is_blown_up(kind, request):
    x, subject, whitening = request.getfixturevalue(kind)
    weighted = whitening.weighted(x, subject)
    assert 0.2 < weighted.square().mean() < 1.5
    values = torch.linalg.eigvalsh(whitening.soft_root)
    assert values.max() <= 0.05**-0.5 * (1 + 1e-4) and values.min() > 0
    gentlest = 0.05 * whitening.level.max()
    unit = torch.eye(C * T)[:: C * T // 97].unflatten(-1, (C, T))
    gains = whitening.weighted(unit, torch.full((len(unit),), S)).flatten(1).norm(dim=1)
    assert gains.max() <= values.max() / gentlest
    common = torch.ones(1, C, T) / C**0.5  # nothing of a referenced window lies there
    assert whitening.weighted(common, torch.tensor([0])).isfinite().all()


def test_weights_are_known_before_the_sources(data):
    x, subject, whitening = data
    weights = Whitening(S, C, T, SFREQ)
    weights.fit_weights(x, subject)
    torch.testing.assert_close(weights.weighted(x, subject), whitening.weighted(x, subject))
    torch.testing.assert_close(weights.in_band(x), whitening.in_band(x))


def test_the_populations_moments_follow_from_its_whitening(data):
    *_, whitening = data
    windows = whitening._population() @ whitening.basis.T
    assert apart(covariance(windows), covariance(noise_of(whitening, S, n=4 * N))) < 0.05


@pytest.mark.parametrize(("n", "error"), [(N, 0.1), (8, 0.35)])
def test_someone_added_has_their_own_covariance(data, n, error):
    whitening = copy.deepcopy(data[2])
    x = 1.5 * mixing_of(7) @ coloured(2 * N, torch.Generator().manual_seed(11))
    population = apart(covariance(noise_of(whitening, ABSENT)), covariance(x))
    others = [noise_of(whitening, person) for person in (0, S)]
    whitening.fit_person(ABSENT, x[:n])
    assert apart(covariance(noise_of(whitening, ABSENT)), covariance(x)) < error < population
    for person, before in zip((0, S), others, strict=True):
        assert torch.equal(noise_of(whitening, person), before)
    y = whitening(x[:n], torch.full((n,), ABSENT))
    back = whitening.inverse(y, torch.full((n,), ABSENT))
    torch.testing.assert_close(back, x[:n], rtol=1e-3, atol=1e-3)


def sparse_and_gaussian(n=4000, d=12, share=0.1):
    """Sphered samples (n, d), and the rotation to sources, of which one is sparse."""
    rng = np.random.default_rng(0)
    sources = rng.standard_normal((n, d))
    sources[:, 0] *= rng.random(n) < share
    sources /= sources.std(0)
    rotation, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return (sources @ rotation).astype(np.float32), rotation


def test_fourth_moments_point_at_a_sparse_source():
    x, rotation = sparse_and_gaussian()
    first = module._fourth_moments(x.astype(np.float64))[0]
    assert abs(first @ rotation[0]) > 0.95


def test_the_start_with_the_sparsest_sources_is_kept(monkeypatch):
    """FastICA may end without a sparse source: here, it does from all starts but the second."""
    x, rotation = sparse_and_gaussian()
    other, _ = np.linalg.qr(np.random.default_rng(1).standard_normal(rotation.shape))
    ends = [other, rotation[::-1], other]
    monkeypatch.setattr(module, "_rotation", lambda x, start: ends.pop(0))
    found = _independent(x)
    assert not ends
    np.testing.assert_allclose(found[0], rotation[0])  # sorted by falling kurtosis
    assert sorted(map(tuple, found)) == sorted(map(tuple, rotation))
