"""The audit finds what is there to be found, and nothing where there is nothing."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score, roc_curve

from videeg_pipe.scoring.privacy import audited as looking
from videeg_pipe.scoring.privacy import copies, intervals, linkage, membership
from videeg_pipe.scoring.privacy.audit import guarantee
from videeg_pipe.scoring.privacy.audited import Audited, look_at

SFREQ, CHANNELS, TIMES = 100.0, 8, 100
BOOTSTRAP = 100


def table(people=2, clips=24, windows_a_clip=2):
    """Three blocks a person: training, validation, test."""
    rows = [
        (
            f"sub{person}",
            f"s{person}-c{clip:02d}",
            f"s{person}-c{clip:02d}-w{place}",
            clip % 6,
            split,
        )
        for person in range(people)
        for clip in range(clips)
        for place in range(windows_a_clip)
        for split in [("train", "train", "validation", "test")[4 * clip // clips]]
    ]
    return pd.DataFrame(rows, columns=["subject", "clip_id", "window_id", "concept_id", "split"])


def draws(subjects, seed):
    """EEG of people who differ in their mixing of sources, (n, C, T) uV."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((len(subjects), CHANNELS, TIMES + 2))
    noise = noise[..., 2:] + noise[..., 1:-1] + noise[..., :-2]
    mixing = {
        name: np.eye(CHANNELS)
        + 0.4 * np.random.default_rng(int(name[3:])).standard_normal((CHANNELS, CHANNELS))
        for name in set(subjects)
    }
    return (np.stack([mixing[name] for name in subjects]) @ noise).astype(np.float32)


def audited(windows, real, generated, trained_on=None):
    people = windows["subject"].unique() if trained_on is None else trained_on
    views = (look_at(eeg, SFREQ) for eeg in (real, generated))
    return Audited(windows, real, *views, frozenset(people))


def fresh(windows, seed=1, labels=None):
    """Samples from the people's own distribution."""
    real = draws(windows["subject"], seed)
    return audited(windows, real, draws(windows["subject"] if labels is None else labels, seed + 1))


def copier(windows, seed=1):
    """Samples that are training windows of the person with a little noise."""
    real = draws(windows["subject"], seed)
    rng = np.random.default_rng(seed)
    out = 0.1 * rng.standard_normal(real.shape)
    for _, rows in windows.reset_index(drop=True).groupby("subject"):
        trained = rows.index[rows["split"] == "train"].to_numpy()
        out[rows.index] += real[np.resize(trained, len(rows))]
    return audited(windows, real, out.astype(np.float32))


def judge(found):
    rows = membership.candidates(found, 1)
    windows = found.windows.iloc[rows].reset_index(drop=True)
    real = {name: x[rows] for name, x in found.real.items()}
    scores = membership.nearest_attacks(real, found.samples, found.subjects[rows])
    member = ~found.held_out[rows]
    return membership.audit(scores, real["covariance"], member, windows, BOOTSTRAP, 1)


def copied(found):
    training = found.eeg[~found.held_out]
    batches = [part for part in (training[::2], training[1::2]) if len(part)]
    return copies.score(found, iter(batches), BOOTSTRAP, 1)


WINDOWS = table()
FRESH, COPIER = fresh(WINDOWS), copier(WINDOWS)


def test_a_generator_that_copies_is_caught():
    area, hits = judge(COPIER)
    assert area["value"] > 0.98 and hits["value"] > 0.9
    assert min(entry["value"] for entry in area["attacks"].values()) > 0.9
    ratio, share = copied(COPIER)
    assert ratio["high"] < 0.3 and share["value"] == 1.0


def test_fresh_draws_give_nothing_away():
    area, hits = judge(FRESH)
    assert area["low"] < 0.5 < area["high"] and hits["low"] < 0.1
    assert area["floor"]["low"] < 0.5 < area["floor"]["high"]
    ratio, share = copied(FRESH)
    assert ratio["value"] == pytest.approx(1, abs=0.02)
    assert ratio["held_out"]["value"] == pytest.approx(1, abs=0.03)
    assert share["value"] < 0.06


def test_a_few_copies_among_many_fresh_samples_show_in_their_share():
    generated = draws(WINDOWS["subject"], 2)
    generated[:10] = FRESH.eeg[:10]
    ratio, share = copied(audited(WINDOWS, FRESH.eeg, generated))
    assert ratio["value"] > 0.8 and share["value"] >= 10 / len(WINDOWS)


class Memory:
    """A generator whose loss is what is left of a window after the nearest that it knows."""

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
    rows = membership.candidates(FRESH, 1)
    eeg, member = FRESH.eeg[rows], ~FRESH.held_out[rows]
    memory = Memory(torch.from_numpy(eeg[member]))
    score = membership.loss_attack(memory, WINDOWS.iloc[rows], eeg, None, 1)
    assert intervals.auc(score, member, np.ones((1, len(rows)))) == 1
    stranger = Memory(torch.from_numpy(draws(WINDOWS["subject"], 9)))
    score = membership.loss_attack(stranger, WINDOWS.iloc[rows], eeg, None, 1)
    assert 0.3 < intervals.auc(score, member, np.ones((1, len(rows)))) < 0.7
    without = Memory(memory.known, key="adversarial")
    assert membership.loss_attack(without, WINDOWS.iloc[rows], eeg, None, 1) is None


def test_blocks_that_differ_are_told_by_the_floor_not_by_the_calibrated_attack():
    real, generated = (draws(WINDOWS["subject"], seed) for seed in (1, 2))
    later = (WINDOWS["split"] != "train").to_numpy()
    for eeg in (real, generated):  # all grow quieter at one electrode
        eeg[later, 0] *= 0.3
    area, _ = judge(audited(WINDOWS, real, generated))
    assert area["floor"]["value"] > 0.95
    assert area["value"] < area["floor"]["low"]


def test_a_sample_of_the_wrong_person_is_linked_to_the_right_one():
    right = linkage.score(FRESH, BOOTSTRAP, 1)
    assert right["value"] > 0.95 and right["back"]["value"] > 0.95
    assert right["ceiling"]["value"] > 0.95 and right["chance"] == 0.5
    swapped = WINDOWS["subject"].map({"sub0": "sub1", "sub1": "sub0"})
    wrong = linkage.score(fresh(WINDOWS, labels=swapped), BOOTSTRAP, 1)
    assert wrong["value"] < 0.05 and wrong["back"]["value"] < 0.05
    assert wrong["ceiling"] == right["ceiling"]


def test_samples_of_nobody_are_linked_by_chance():
    people = table(people=4)
    nobody = fresh(people, labels=["sub9"] * len(people))
    found = linkage.score(nobody, BOOTSTRAP, 1)
    assert found["value"] < 0.5 < found["ceiling"]["value"] and found["chance"] == 0.25


def test_rates_agree_with_scipy_and_scikit_learn():
    rng = np.random.default_rng(0)
    for n_levels in (5, 1000):  # with ties and without
        scores = rng.integers(n_levels, size=300).astype(float)
        member = rng.random(300) < 0.4
        weights = np.vstack([np.ones(300), rng.integers(0, 3, (2, 300))])
        found = intervals.auc(scores, member, weights)
        pairs = member.sum() * (~member).sum()
        assert found[0] == mannwhitneyu(scores[member], scores[~member]).statistic / pairs
        for fpr in (0.01, 0.1):
            hits = intervals.tpr_at(fpr, scores, member, weights)
            for row, w in enumerate(weights):
                assert found[row] == pytest.approx(roc_auc_score(member, scores, sample_weight=w))
                false, true, _ = roc_curve(member, scores, sample_weight=w, drop_intermediate=False)
                assert hits[row] == pytest.approx(true[false <= fpr + 1e-12].max())


def test_an_attack_learns_where_all_non_members_are_of_one_concept():
    n = 120
    windows = pd.DataFrame({"clip_id": np.arange(n) // 4, "concept_id": np.arange(n) // 4 % 6})
    member = (windows["concept_id"] > 0).to_numpy()
    x = np.random.default_rng(0).standard_normal((n, 4)) + 3 * member[:, None]
    scores = membership.learned(x, member, windows, seed=1)
    assert roc_auc_score(member, scores) > 0.95


def test_true_positives_at_one_percent_false_ones():
    member = np.repeat([True, False], [10, 200])
    scores = np.append(np.arange(10), np.linspace(-5, 3.5, 200))  # two of 200 may be above
    one = np.ones((1, 210))
    third = np.sort(scores[10:])[-3]
    assert intervals.tpr_at(0.01, scores, member, one) == (scores[:10] > third).mean() == 0.6
    few, member = np.arange(60.0), np.arange(60) < 10  # with 50 others none may be mistaken
    assert intervals.tpr_at(0.01, few, member, one[:, :60]) == 0
    assert intervals.tpr_at(0.01, -few, member, one[:, :60]) == 1


def test_the_bootstrap_draws_people_and_then_their_clips():
    windows = table(people=3)
    strata = (windows["split"] == "train").to_numpy()
    weights = intervals.nested_weights(windows, strata, 200, 1)
    assert (weights[0] == 1).all()
    drawn = weights[1:]
    for _, rows in windows.groupby(["clip_id", strata]).indices.items():
        assert (drawn[:, rows] == drawn[:, rows[:1]]).all()  # clips stay whole
    for _, rows in windows.groupby(["subject", strata]).indices.items():
        times = drawn[:, rows].sum(1) / len(rows)
        assert set(times) == {0.0, 1.0, 2.0, 3.0}  # times that the person was drawn
    assert (drawn.sum(1) == len(windows)).all()


def test_people_who_differ_widen_the_interval():
    windows = table(people=4)
    value = windows["subject"].map({"sub0": 0.0, "sub1": 1.0, "sub2": 0.0, "sub3": 1.0})
    weights = intervals.nested_weights(windows, np.zeros(len(windows)), 400, 1)
    found = intervals.entry(intervals.mean(value.to_numpy(), weights), windows["clip_id"])
    assert found["value"] == 0.5 and found["low"] == 0 and found["high"] == 1


def test_the_interval_of_a_mean_covers_it():
    windows, covered = table(people=12, clips=8), 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        own = dict(zip(windows["subject"].unique(), rng.standard_normal(12), strict=True))
        value = windows["subject"].map(own) + rng.standard_normal(len(windows))
        weights = intervals.nested_weights(windows, np.zeros(len(windows)), 200, seed)
        found = intervals.entry(intervals.mean(value.to_numpy(), weights), windows["clip_id"])
        covered += found["low"] < 0 < found["high"]
    assert 85 <= covered <= 99


def test_one_person_is_audited_and_links_to_nobody():
    alone = table(people=1, clips=40)
    area, _ = judge(copier(alone))
    assert area["value"] > 0.98 and area["low"] <= area["value"] <= area["high"]
    area, _ = judge(fresh(alone))
    assert area["low"] < 0.55 and area["high"] > 0.45
    found = linkage.score(fresh(alone), BOOTSTRAP, 1)
    assert found["value"] is None and "one person" in found["reason"]
    assert copied(copier(alone))[0]["value"] < 0.3


def test_what_cannot_be_judged_is_null_with_a_reason():
    held_out = WINDOWS.assign(split="test")
    found = fresh(held_out)
    assert not len(membership.candidates(found, 1))
    assert linkage.score(found, BOOTSTRAP, 1)["value"] is None
    ratio, share = copied(found)
    assert ratio["value"] is None and share["value"] is None
    trained = fresh(WINDOWS.assign(split="train"))
    assert not len(membership.candidates(trained, 1))
    assert linkage.score(trained, BOOTSTRAP, 1)["value"] is None
    assert copied(trained)[0]["value"] is None
    area, hits = judge(fresh(table(clips=4)))
    assert area["value"] is None and "clips" in area["reason"] and hits["value"] is None


def test_people_left_out_are_neither_members_nor_non_members():
    windows = table(people=4)
    real = draws(windows["subject"], 1)
    # what is made for the stranger is like nobody
    labels = windows["subject"].replace({"sub3": "sub9"})
    found = audited(windows, real, draws(labels, 2), trained_on=["sub0", "sub1", "sub2"])
    rows = membership.candidates(found, 1)
    assert set(found.subjects[rows]) == {"sub0", "sub1", "sub2"}
    member = ~found.held_out[rows]
    assert member.sum() == (~member).sum()
    assert membership.of_persons(FRESH)["value"] is None
    persons = membership.of_persons(found)
    assert persons["value"] == 1 and (persons["n_members"], persons["n_non_members"]) == (3, 1)
    assert membership.of_persons(audited(windows, real, draws(labels, 2), ["sub3"]))["value"] == 0


def test_the_positive_control_is_caught_and_made_of_members_alone():
    rows = membership.candidates(FRESH, 1)
    windows = WINDOWS.iloc[rows].reset_index(drop=True)
    handed_out = membership.copier(FRESH, rows, np.ones((CHANNELS, 1)), SFREQ, 1)
    member = ~FRESH.held_out[rows]
    assert len(handed_out["window"]) == member.sum()
    real = {name: x[rows] for name, x in FRESH.real.items()}
    scores = membership.nearest_attacks(real, handed_out, FRESH.subjects[rows])
    area, _ = membership.audit(scores, None, member, windows, BOOTSTRAP, 1)
    assert area["low"] > 0.98


def test_only_a_private_training_has_a_guarantee():
    assert guarantee(None) == "no formal guarantee"
    spent = {"epsilon": 8.0, "delta": 1e-3, "unit": "subject", "accountant": "prv"}
    said = guarantee(spent | {"covers": "weights alone"})
    assert all(word in said for word in ("epsilon 8", "0.001", "subject", "prv", "weights alone"))


def test_results_depend_on_the_seed_alone():
    torch.manual_seed(1)
    first = judge(FRESH)
    torch.manual_seed(2)
    np.random.seed(3)  # noqa: NPY002
    assert judge(FRESH) == first
    assert looking.nearest(np.zeros((1, 2)), np.array([[3.0, 4.0], [6.0, 8.0]])) == 5
