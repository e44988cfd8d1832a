"""Membership inference: do release or generator reveal which windows were in the training?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.scores import ABSENT, Score, score_spec, unknown
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.fidelity.c2st import centre_by_subject
from videeg_pipe.scoring.privacy.audited import AuditData, Views, attack_views, nearest
from videeg_pipe.scoring.privacy.intervals import auc, bootstrap_score, nested_weights, tpr_at

FALSE_POSITIVES = 0.01
"""The false positive rate of `membership_tpr_at_1pct_fpr`, also what a guess finds."""
N_FOLDS = 5
_COMPONENTS = 20
_LEVELS = 4
"""Diffusion steps that a window's loss is averaged over."""
_TINY = 1e-6
"""Stands in for the distance between equal windows, whose logarithm is infinite."""


def candidates(audited: AuditData, seed: int) -> NDArray[np.intp]:
    """Choose members and non-members of the same people, about as many of each; returns rows.

    Members are windows of the training split, non-members held-out windows. A sample was released
    for each of either kind, so that the similarity of a sample to its own window reveals nothing.
    """
    windows, known = audited.windows, audited.of_trained_people
    both = windows[known].groupby("subject")["split"].agg(lambda own: (own == "train").mean())
    fit = known & windows["subject"].isin(both[(both > 0) & (both < 1)].index).to_numpy()
    members, others = (np.flatnonzero(fit & of) for of in (~audited.held_out, audited.held_out))
    n = min(len(members), len(others))
    chosen = [part[choose_windows(windows.iloc[part], n, seed)] for part in (members, others)]
    return np.sort(np.concatenate(chosen))


def nearest_attacks(
    real: Views, samples: Views, subjects: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    """Attack with the release: the distance from a candidate to the nearest sample.

    It is divided by the distance to the nearest real window of another person (difficulty
    calibration, Watson et al. 2022, arXiv 2111.08440), since ordinary windows are near to
    everything. With one person it is not divided.

    Args:
        real: The n candidates.
        samples: Released samples.
        subjects: (n,) subject of each candidate.

    Returns:
        (n,) scores by attack, larger for likelier members.
    """
    out = {}
    for name, windows in real.items():
        score = -np.log(np.maximum(nearest(windows, samples[name]), _TINY))
        for subject in np.unique(subjects):
            own = subjects == subject
            if not own.all():
                others = nearest(windows[own], windows[~own])
                score[own] += np.log(np.maximum(others, _TINY))
        out[f"nearest_{name}"] = score
    return out


@torch.no_grad()
def loss_attack(
    loaded: LoadedGenerator,
    windows: pd.DataFrame,
    real: NDArray[np.float32],
    inputs: Inputs,
    seed: int,
) -> NDArray[np.float64] | None:
    """Attack with the generator: its denoising loss on a candidate.

    The loss without video as a reference (Zhai et al. 2024, arXiv 2405.14800) doubles the time
    without gain: in the default run the AUC is 0.55 either way.

    Args:
        loaded: The generator.
        windows: n rows of the `windows` table.
        real: Their normalised EEG, (n, C, T).
        inputs: Files of their conditions.
        seed: Seed of the noise, which is the same for all windows.

    Returns:
        (n,), larger for likelier members; None if the generator has no such loss.
    """
    conditions, x = loaded.conditions(windows, inputs), torch.from_numpy(real).to(loaded.device)
    out = np.empty(len(x))
    with one_thread():
        for row in range(len(x)):  # a loss is a mean over its batch
            condition = conditions.batch(np.full(_LEVELS, row)).to(loaded.device)
            rng = torch.Generator().manual_seed(derive_seed(seed, "noise"))
            losses = loaded.generator.losses(x[row].expand(_LEVELS, -1, -1), condition, rng)
            if "diffusion" not in losses:
                return None
            out[row] = -np.log(max(losses["diffusion"].item(), _TINY))
    return out


def attack_by_regression(
    x: NDArray[np.floating], member: NDArray[np.bool_], windows: pd.DataFrame, seed: int
) -> NDArray[np.float64]:
    """Attack with a logistic regression, trained on four fifths of the windows.

    The rest are windows of other concepts. A release has about as many members as non-members of
    each concept, so that an attacker trained on a concept's other windows would guess the wrong
    way.

    Args:
        x: (n, d) features.
        member: (n,).
        windows: n rows with `concept_id` and `clip_id`; the latter defines the folds if there are
            too few concepts.
        seed: Seed of the folds.

    Returns:
        (n,) cross-validated scores.
    """
    model = make_pipeline(
        StandardScaler(),
        PCA(min(_COMPONENTS, x.shape[1], len(x) // 2), random_state=0),
        StandardScaler(),
        LogisticRegression(class_weight="balanced"),
    )
    kinds = [set(windows["concept_id"][rows]) for rows in (member, ~member)]
    enough = len(set.union(*kinds)) >= N_FOLDS and min(map(len, kinds)) > 1  # in every training set
    groups = windows["concept_id" if enough else "clip_id"]
    folds = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=derive_seed(seed) % 2**32)
    with one_thread():
        return cross_val_predict(
            model, x, member, groups=groups, cv=folds, method="decision_function"
        )


def score_attacks(
    scores: Mapping[str, NDArray[np.float64]],
    blind: NDArray[np.floating] | None,
    member: NDArray[np.bool_],
    windows: pd.DataFrame,
    bootstrap: int,
    seed: int,
) -> tuple[Score, Score]:
    """Score attacks on windows whose membership is known.

    Args:
        scores: (n,) by name of the attack.
        blind: (n, d) features of the windows without release and generator; None for no floor.
        member: (n,).
        windows: n rows with `subject` and `clip_id`.
        bootstrap: Draws of the bootstrap.
        seed: Seed of folds and bootstrap.

    Returns:
        Area under the ROC curve, and true positive rate at 1 % false positives.
    """
    clips = windows["clip_id"]
    fewest = min(clips[of].nunique() for of in (member, ~member))
    if fewest < N_FOLDS:
        reason = f"{fewest} clips of members or of non-members, an attack needs {N_FOLDS}"
        return unknown(reason), unknown(reason)
    weights = nested_weights(windows, member, bootstrap, seed)

    def rates(of: NDArray[np.float64]) -> tuple[Score, Score]:
        both = (auc(of, member, weights), tpr_at(FALSE_POSITIVES, of, member, weights))
        area, hits = (bootstrap_score(rate, clips) for rate in both)
        return area, hits

    subjects = windows["subject"]
    columns = centre_by_subject(np.column_stack(list(scores.values())), subjects)
    combined = rates(attack_by_regression(columns, member, windows, seed))
    each = {name: rates(of) for name, of in zip(scores, columns.T, strict=True)}
    floors: tuple[Score, Score] | None = None
    if blind is not None:
        x = centre_by_subject(blind, subjects)
        floors = rates(attack_by_regression(x, member, windows, seed))
    area, hits = (
        replace(
            score,
            attacks={name: pair[place] for name, pair in each.items()},
            floor=ABSENT if floors is None else floors[place],
            n_members=int(member.sum()),
            n_non_members=int((~member).sum()),
        )
        for place, score in enumerate(combined)
    )
    return area, hits


def copying_generator(
    audited: AuditData, rows: NDArray[np.intp], unit: NDArray[np.float32], sfreq: float, seed: int
) -> Views:
    """Simulate the release of a generator that copies its training windows, with noise.

    Args:
        audited: Real windows of the candidates.
        rows: Candidates; the members among them are copied.
        unit: Unit of the audit, (C, 1) uV.
        sfreq: Hz.
        seed: Seed of the noise, a tenth of each electrode's standard deviation.
    """
    eeg = audited.eeg[rows[~audited.held_out[rows]]]
    noise = np.random.default_rng(derive_seed(seed, "copier")).standard_normal(eeg.shape)
    return attack_views((eeg + 0.1 * eeg.std(-1, keepdims=True) * noise) / unit, sfreq)


def score_persons(audited: AuditData) -> Score:
    """Score an attack that tells people in the generator's training from people left out of it.

    A person's score: how much nearer their held-out windows are to samples made for them than to
    samples made for others, in log distances, averaged over the views.
    """
    subjects, people = audited.subjects, np.unique(audited.subjects[audited.held_out])
    trained = np.isin(people, list(audited.trained_on))
    if trained.all() or not trained.any():
        return unknown("nobody was left out of the training, or nobody else has held-out windows")
    scores = []
    for person in people:
        own = subjects == person
        ratios = [
            np.log(np.maximum(nearest(x[own & audited.held_out], audited.samples[name][of]), _TINY))
            for of in (~own, own)
            for name, x in audited.real.items()
        ]
        half = len(audited.real)
        scores.append(np.mean(ratios[:half]) - np.mean(ratios[half:]))
    value = auc(np.array(scores), trained, np.ones((1, len(people))))
    return Score(
        float(value[0]),
        low=None,
        high=None,
        reason="too few people for an interval",
        n_members=int(trained.sum()),
        n_non_members=int((~trained).sum()),
        ideal=score_spec("privacy", "membership_of_persons_auc").facts["ideal"],
    )
