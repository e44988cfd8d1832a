"""MindCross: own encoders for known people, a vote of K for new ones."""

import numpy as np
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import planted_clips

PEOPLE = ("ann", "bob", "cy")


def test_known_people_use_their_own_encoder_and_new_ones_the_most_alike():
    clips = planted_clips(people=PEOPLE, blocks=1)
    decoder = fit("mindcross", clips, steps=10, top=1)
    z = torch.randn(6, clips.eeg.shape[1], clips.eeg.shape[2])
    person = torch.tensor([0, 0, 1, 3, 3, 3])
    before = decoder.answer(z, person).text
    cy = decoder.own[2].layers[-1].bias
    for change in (1e3, -2e3):  # along what makes EEG look like Cy's, then against it
        with torch.no_grad():
            cy += change * decoder.likeness[2]
        moved = (decoder.answer(z, person).text - before).abs().amax((1, 2)) > 1e-6
        assert not moved[:3].any()
        assert moved[3:].all() == (change > 0)


def test_own_encoders_learn_whose_eeg_it_is():
    clips = planted_clips(people=PEOPLE, blocks=2)
    rng = np.random.default_rng(0)
    for number, name in enumerate(PEOPLE):  # a rhythm of each person's own place
        rows = clips.subject == name
        clips.eeg[rows, number] += 40 * np.sin(
            np.arange(clips.eeg.shape[2]) + rng.uniform(0, 6, (rows.sum(), 1))
        ).astype(np.float32)
    decoder = fit("mindcross", clips, steps=60, people=1.0)
    with torch.no_grad():
        person = decoder.layout.person(clips.subject)
        z = decoder.standardised(torch.from_numpy(clips.eeg), person)
        found = decoder._own(z)[1].argmax(1)
    assert (found == person).float().mean() > 0.9
