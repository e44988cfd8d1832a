"""The encoder of conditions: shapes, what each input changes, and people outside the training."""

from dataclasses import replace

import pytest
import torch

from tests.generators import layout_of, random_condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.parts.condition import ConditionEncoder

B, P, HIDDEN = 4, 5, 16
UNKNOWN = 2  # the layout has two subjects


def encoder(*, track=True, eeg_prior=False):
    torch.manual_seed(0)
    return ConditionEncoder(
        layout_of(),
        ConditionOptions(),
        hidden=HIDDEN,
        fused=32,
        heads=4,
        n_tokens=P,
        eeg_prior=eeg_prior,
        track=track,
        keep_video=True,
    ).eval()


@pytest.mark.parametrize("track", [True, False])
def test_conditions_are_encoded_for_the_window_and_for_each_time_token(track):
    encoded = encoder(track=track)(random_condition(B))
    assert encoded.c.shape == (B, HIDDEN) and encoded.u.shape == (B, P, HIDDEN)
    assert encoded.frame is None


def test_windows_of_a_batch_do_not_affect_each_other():
    condition, encode = random_condition(B), encoder()
    one, all_of_them = encode(condition.take(torch.tensor([2]))), encode(condition)
    torch.testing.assert_close(one.c[0], all_of_them.c[2])
    torch.testing.assert_close(one.u[0], all_of_them.u[2])


def test_the_track_changes_time_tokens_only_and_only_where_it_is_encoded():
    condition = random_condition(B)
    other = replace(condition, track=-condition.track)
    for track in (True, False):
        encode = encoder(track=track)
        before, after = encode(condition), encode(other)
        assert torch.equal(before.c, after.c)
        assert torch.equal(before.u, after.u) is not track


def test_a_person_changes_the_window_only_and_an_unknown_one_adds_nothing():
    condition, encode = random_condition(B), encoder()
    unknown = encode(replace(condition, subject=torch.full((B,), UNKNOWN)))
    known = encode(condition)
    torch.testing.assert_close(known.c - unknown.c, encode.subject(condition.subject))
    assert (known.c != unknown.c).any(1).all() and torch.equal(known.u, unknown.u)
    assert encode.subject.weight[UNKNOWN].eq(0).all()


def test_an_untrained_encoder_treats_all_sentences_alike():
    encode, text = encoder(), random_condition(B).text
    sentences = encode.sentence(text.mean(1))
    assert torch.equal(sentences, sentences[:1].expand(B, -1))


@pytest.mark.parametrize("eeg_prior", [True, False])
def test_the_eeg_before_the_window_is_encoded_if_asked_for(eeg_prior):
    config = ConditionOptions()
    condition = random_condition(B, prior=round(config.context_s * layout_of().sfreq))
    other = replace(condition, eeg_prior=-2 * condition.eeg_prior)
    encode = encoder(eeg_prior=eeg_prior)
    assert torch.equal(encode(condition).c, encode(other).c) is not eeg_prior
