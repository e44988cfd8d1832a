"""What holds for every row of the catalogue."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import CONCEPTS, CONFIG, named, planted_clips, split
from videeg_pipe.models.decoders.checkpoint import load_decoder, save_decoder
from videeg_pipe.models.decoders.registry import DECODERS

FEW = 3  # steps
CHANCE_AT_MOST = 0.5  # chance is 0.25; the concepts of 8 runs are named
BLIND = {"mean-clip", "shuffled"}
SEES = [name for name in DECODERS if name not in BLIND]


def noise_like(eeg, rng):
    """Gaussian noise with the mean cross-spectrum of windows (n, C, T)."""
    spectra = np.fft.rfft(eeg)  # (n, C, F)
    shape = (len(eeg), len(eeg), spectra.shape[-1])
    weights = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    mixed = np.einsum("nmf,mcf->ncf", weights, spectra) / np.sqrt(2 * len(eeg))
    return np.fft.irfft(mixed, eeg.shape[-1])


def same_weights(one, other) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(
        torch.equal(value, theirs[name]) for name, value in ours.items()
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", SEES)
def test_a_planted_signal_is_decoded(name, planted, fitted):
    train, test = planted
    decoded = fitted(name).predict(test.eeg, test.subject)
    assert np.mean(named(decoded.text, train) == test.concept) > 0.8  # chance is 0.25
    r2 = fitted(name).r_squared(decoded, test)
    assert r2["text"] > 0.5
    if name != "lookup":  # whose clips have a brightness of their own
        assert r2["latents"] > 0.2


@pytest.mark.parametrize("name", sorted(BLIND))
def test_blind_floors_explain_nothing(name, planted, fitted):
    decoded = fitted(name).predict(planted[1].eeg, planted[1].subject)
    r2 = fitted(name).r_squared(decoded, planted[1])
    assert max(r2.values()) <= 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lookup", "ridge", "dynamind", "mindcross"])
def test_permuted_clips_are_decoded_at_chance(name, planted):
    train, test = planted
    order = np.random.default_rng(0).permutation(len(train))
    decoder = fit(name, replace(train, eeg=train.eeg[order], subject=train.subject[order]))
    decoded = decoder.predict(test.eeg, test.subject)
    assert max(decoder.r_squared(decoded, test).values()) < 0.05
    assert np.mean(named(decoded.text, train) == test.concept) < CHANCE_AT_MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", SEES)
def test_noise_with_the_spectrum_of_eeg_decodes_nothing(name, planted, fitted):
    train, test = planted
    noise = test.eeg.copy()
    for person in np.unique(test.subject):
        own = test.subject == person
        noise[own] = noise_like(test.eeg[own], np.random.default_rng(0))
    decoded = fitted(name).predict(noise, test.subject)
    assert np.mean(named(decoded.text, train) == test.concept) < CHANCE_AT_MOST
    assert max(fitted(name).r_squared(decoded, test).values()) < 0.05


@pytest.mark.parametrize("name", DECODERS)
def test_test_blocks_have_no_effect(name):
    # text and latents are shared between the splits, so poison would reach a careless fit
    train, test = split(planted_clips())
    clean = fit(name, train, FEW)
    for part, rows in ((train.text, test.clip), (train.latents, test.clip)):
        part[rows] = 1e6
    poisoned, _ = split(replace(planted_clips(), text=train.text, latents=train.latents))
    assert same_weights(fit(name, poisoned, FEW), clean)


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_is_determined_by_its_seed_and_survives_its_files(name, planted, tmp_path):
    train, test = planted
    decoder = fit(name, train, FEW)
    assert same_weights(fit(name, train, FEW), decoder)
    torch.randn(3)  # the state of the global generator has no effect
    if DECODERS[name].kind == "decoder":
        assert not same_weights(fit(name, train, FEW, seed=2), decoder)
    save_decoder(tmp_path, name, decoder, CONFIG, {})
    loaded = load_decoder(tmp_path)
    assert same_weights(loaded, decoder)
    assert loaded.layout == decoder.layout
    ours, theirs = (one.predict(test.eeg[:9], test.subject[:9]) for one in (decoder, loaded))
    np.testing.assert_array_equal(ours.text, theirs.text)
    np.testing.assert_array_equal(ours.latents, theirs.latents)


@pytest.mark.parametrize("name", DECODERS)
def test_windows_are_decoded_on_their_own_for_known_and_new_people(name, planted):
    train, test = planted
    decoder = fit(name, train, FEW)
    people = np.where(np.arange(len(test)) % 3 == 0, "zoe", test.subject)
    every = decoder.predict(test.eeg, people)
    few = decoder.predict(test.eeg[4:7], people[4:7])
    assert every.text.shape == (len(test), *train.text.shape[1:])
    assert every.latents.shape == (len(test), *train.latents.shape[1:])
    np.testing.assert_allclose(every.text[4:7], few.text, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(every.latents[4:7], few.latents, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", SEES)
def test_gains_of_known_people_have_no_effect(name, planted):
    train, test = planted
    decoder = fit(name, train, FEW)
    louder = replace(train, eeg=4 * train.eeg)
    again = fit(name, louder, FEW).predict(4 * test.eeg, test.subject)
    ours = decoder.predict(test.eeg, test.subject)
    assert np.corrcoef(ours.text.ravel(), again.text.ravel())[0, 1] > 0.99


def test_all_concepts_are_planted(planted):
    assert {*planted[0].concept} == {*planted[1].concept} == set(CONCEPTS)
