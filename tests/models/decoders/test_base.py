"""The interface: layouts and refused clips."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import CHANNELS, CONFIG, LATENT, TEXT, T, layout_of
from videeg_pipe.models.decoders.checkpoint import make_decoder
from videeg_pipe.models.decoders.clips import joined
from videeg_pipe.runtime.errors import UserError


def test_a_layout_describes_the_training_clips(planted):
    layout = layout_of(planted[0])
    assert layout.subjects == ("ann", "bob")
    assert (layout.text_shape, layout.latent_shape, layout.n_samples) == (TEXT, LATENT, T)
    assert layout.positions.shape == (len(CHANNELS), 3)
    assert layout.person(np.array(["bob", "zoe", "ann"])).tolist() == [1, 2, 0]


def test_clips_of_another_layout_are_refused(planted):
    train, _ = planted
    decoder = make_decoder("mean-clip", layout_of(train.of("ann")), CONFIG, seed=0)
    with pytest.raises(UserError, match="unknown: bob"):
        decoder.fit(train, seed=0)
    with pytest.raises(UserError, match="the layout's shapes"):
        decoder.fit(replace(train.of("ann"), text=train.text[:, :2]), seed=0)


def test_r_squared_is_relative_to_the_training_mean(planted):
    train, test = planted
    decoder = fit("mean-clip", train)
    perfect = replace(
        decoder.predict(test.eeg, test.subject),
        text=test.text[test.clip],
        latents=test.latents[test.clip],
    )
    assert decoder.r_squared(perfect, test) == {"text": 1, "latents": 1}


def test_generated_clips_have_no_effect_on_the_scales(planted):
    train, _ = planted
    alone, beside = (make_decoder("lookup", layout_of(train), CONFIG, seed=0) for _ in range(2))
    alone.fit(train, seed=0)
    beside.fit(joined(train, replace(train, eeg=10 * train.eeg)), seed=0, scaled_by=train)
    for part in ("scale", "feature_scale"):
        ours, theirs = (getattr(one, part).state_dict() for one in (alone, beside))
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
