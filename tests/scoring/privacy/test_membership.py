"""Membership inference finds leaks where they are planted, and none elsewhere."""

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score

from tests.scoring.privacy.people import (
    BOOTSTRAP,
    CHANNELS,
    COPIES,
    FRESH,
    SFREQ,
    WINDOWS,
    audited,
    copies_of,
    draws,
    fresh,
    table,
)
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.privacy.intervals import auc
from videeg_pipe.scoring.privacy.membership import (
    attack_by_regression,
    candidates,
    copying_generator,
    loss_attack,
    nearest_attacks,
    score_attacks,
    score_persons,
)


def attack(data):
    rows = candidates(data, 1)
    windows = data.windows.iloc[rows].reset_index(drop=True)
    real = {name: x[rows] for name, x in data.real.items()}
    scores = nearest_attacks(real, data.samples, data.subjects[rows])
    member = ~data.held_out[rows]
    blind = real["covariance"]
    return to_json(score_attacks(scores, blind, member, windows, BOOTSTRAP, seed=1))


def test_a_generator_that_copies_is_caught():
    area, hits = attack(COPIES)
    assert area["value"] > 0.98 and hits["value"] > 0.9
    assert min(entry["value"] for entry in area["attacks"].values()) > 0.9


def test_fresh_draws_give_nothing_away():
    area, hits = attack(FRESH)
    for entry in (area, area["floor"]):  # within four standard errors, for every seed
        assert abs(entry["value"] - 0.5) < entry["high"] - entry["low"]
    assert hits["low"] < 0.1


def test_one_person_is_audited():
    alone = table(people=1, clips=40)
    area, _ = attack(copies_of(alone))
    assert area["value"] > 0.98 and area["low"] <= area["value"] <= area["high"]
    area, _ = attack(fresh(alone))
    assert area["low"] < 0.55 and area["high"] > 0.45


def test_too_few_members_or_clips_give_a_reason():
    for split in ("test", "train"):
        assert not len(candidates(fresh(WINDOWS.assign(split=split)), 1))
    area, hits = attack(fresh(table(clips=4)))
    assert area["value"] is None and "clips" in area["reason"] and hits["value"] is None


def test_attacks_depend_on_the_seed_only():
    torch.manual_seed(1)
    first = attack(FRESH)
    torch.manual_seed(2)
    np.random.seed(3)  # noqa: NPY002
    assert attack(FRESH) == first


class Memory:
    """A generator whose loss is the distance to the nearest window in its memory."""

    device = torch.device("cpu")

    def __init__(self, known, key="diffusion"):
        self.known, self.key, self.generator = known, key, self

    def conditions(self, windows, inputs):
        return self

    def batch(self, rows):
        return self

    def to(self, device):
        return self

    def losses(self, x, condition, rng):
        noisy = x + 0.1 * torch.randn(x.shape, generator=rng)
        left = (noisy[:, None] - self.known).square().mean((2, 3)).amin(1)  # (levels,)
        return {self.key: left.mean()}


def test_a_generator_that_remembers_is_caught_by_its_loss():
    rows = candidates(FRESH, 1)
    eeg, member = FRESH.eeg[rows], ~FRESH.held_out[rows]
    memory = Memory(torch.from_numpy(eeg[member]))
    score = loss_attack(memory, WINDOWS.iloc[rows], eeg, None, 1)
    assert auc(score, member, np.ones((1, len(rows)))) == 1
    stranger = Memory(torch.from_numpy(draws(WINDOWS["subject"], 9)))
    score = loss_attack(stranger, WINDOWS.iloc[rows], eeg, None, 1)
    assert 0.3 < auc(score, member, np.ones((1, len(rows)))) < 0.7
    without = Memory(memory.known, key="adversarial")
    assert loss_attack(without, WINDOWS.iloc[rows], eeg, None, 1) is None


def test_the_floor_tells_blocks_apart_and_the_calibrated_attack_does_not():
    real, generated = (draws(WINDOWS["subject"], seed) for seed in (1, 2))
    later = (WINDOWS["split"] != "train").to_numpy()
    for eeg in (real, generated):  # all lose power at one electrode
        eeg[later, 0] *= 0.3
    area, _ = attack(audited(WINDOWS, real, generated))
    assert area["floor"]["value"] > 0.95
    assert area["value"] < area["floor"]["low"]


def test_an_attack_can_be_trained_where_all_non_members_are_of_one_concept():
    n = 120
    windows = pd.DataFrame({"clip_id": np.arange(n) // 4, "concept_id": np.arange(n) // 4 % 6})
    member = (windows["concept_id"] > 0).to_numpy()
    x = np.random.default_rng(0).standard_normal((n, 4)) + 3 * member[:, None]
    scores = attack_by_regression(x, member, windows, seed=1)
    assert roc_auc_score(member, scores) > 0.95


def test_people_left_out_are_neither_members_nor_non_members():
    windows = table(people=4)
    real = draws(windows["subject"], 1)
    # samples for the stranger resemble nobody
    labels = windows["subject"].replace({"sub3": "sub9"})
    data = audited(windows, real, draws(labels, 2), trained_on=["sub0", "sub1", "sub2"])
    rows = candidates(data, 1)
    assert set(data.subjects[rows]) == {"sub0", "sub1", "sub2"}
    member = ~data.held_out[rows]
    assert member.sum() == (~member).sum()
    assert score_persons(FRESH).value is None
    persons = score_persons(data)
    assert persons.value == 1 and (persons.n_members, persons.n_non_members) == (3, 1)
    assert score_persons(audited(windows, real, draws(labels, 2), ["sub3"])).value == 0


def test_the_positive_control_copies_members_only_and_is_caught():
    rows = candidates(FRESH, 1)
    windows = WINDOWS.iloc[rows].reset_index(drop=True)
    released = copying_generator(FRESH, rows, np.ones((CHANNELS, 1)), SFREQ, 1)
    member = ~FRESH.held_out[rows]
    assert len(released["window"]) == member.sum()
    real = {name: x[rows] for name, x in FRESH.real.items()}
    scores = nearest_attacks(real, released, FRESH.subjects[rows])
    area, _ = score_attacks(scores, None, member, windows, BOOTSTRAP, 1)
    assert area.low > 0.98
