"""SAM-Net: stages of its training, and its losses."""

from dataclasses import replace

import numpy as np
import pytest

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import planted_clips

PEOPLE = ("ann", "bob", "cy")


@pytest.fixture(scope="module")
def clips():
    """Ann and Cy differ most; Bob lies between them and is the centre."""
    made = planted_clips(people=PEOPLE, blocks=2, noise=0.3)
    eeg = {name: made.of(name).eeg for name in PEOPLE}
    scale = {name: part.std() for name, part in eeg.items()}
    half = made.eeg.shape[1] // 2
    ann, bob, cy = (eeg[name] / scale[name] for name in PEOPLE)
    ann[:, :half] *= -1  # opposite sign in front
    bob[:, :half] *= 0.2
    return replace(made, eeg=np.concatenate([ann, bob, cy]))


def stages(clips, **changes):
    decoder = fit("sam-net", clips, steps=5, **changes)
    found = decoder.stages(clips)
    return [(set(clips.subject[stage.rows]), stage.steps) for stage in found]


@pytest.mark.parametrize("distance", ["mean", "covariance"])
def test_all_rows_train_for_the_same_number_of_steps(clips, distance):
    everyone = set(PEOPLE)
    progressive = stages(clips, distance=distance)
    assert [len(people) for people, _ in progressive] == [1, 2, 3]
    assert progressive[-1][0] == everyone
    assert sum(steps for _, steps in progressive) == 5
    assert stages(clips, progressive=False) == [(everyone, 5)]


def test_training_starts_from_the_central_person_or_a_fixed_one(clips):
    assert stages(clips)[0][0] == {"bob"}
    assert stages(clips, centre=False)[0][0] == {"ann"}


def test_optional_losses_have_switches(planted):
    names = [
        set(fit("sam-net", planted[0], steps=2, **changes).history[0])
        for changes in ({}, {"adversary": 0.0}, {"contrastive": 0.1})
    ]
    adversary = {"text_subject", "picture_subject"}
    assert names[0] - names[1] == adversary
    assert names[2] - names[0] == {"contrastive"}
    assert {"r2_text", "r2_latents", "step"} <= names[0]
