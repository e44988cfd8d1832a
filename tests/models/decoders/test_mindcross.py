"""MindCross: own encoders for known people, a vote of K for new ones."""

import numpy as np
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import planted_clips

PEOPLE = ("ann", "bob", "cy")


def test_known_people_use_their_own_encoder_and_new_ones_the_k_most_alike():
    clips = planted_clips(people=PEOPLE, blocks=1)
    decoder = fit("mindcross", clips, steps=10, top=2)
    z = torch.randn(6, clips.eeg.shape[1], clips.eeg.shape[2])
    person = torch.tensor([0, 0, 1, 3, 3, 3])
    before = decoder.answer(z, person).text
    chosen = decoder._own(z)[1].topk(2, dim=1).indices
    with torch.no_grad():
        decoder.own[2].layers[-1].bias += 1  # Cy's encoder
    moved = (decoder.answer(z, person).text - before).abs().amax((1, 2)) > 1e-6
    assert moved[:3].tolist() == [False, False, False]
    for row in (3, 4, 5):
        if moved[row]:  # it voted before, or does now
            now = decoder._own(z)[1].topk(2, dim=1).indices
            assert 2 in chosen[row] or 2 in now[row]


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
