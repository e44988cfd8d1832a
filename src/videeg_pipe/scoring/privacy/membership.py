"""Whether the release, or the generator, gives away which windows it was trained on."""

from collections.abc import Mapping
from typing import Any

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
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.alignment.correlation import choose_windows
from videeg_pipe.scoring.fidelity.c2st import centred
from videeg_pipe.scoring.privacy.audited import Audited, Views, look_at, nearest
from videeg_pipe.scoring.privacy.intervals import auc, entry, nested_weights, tpr_at
from videeg_pipe.scoring.stats import unknown

FALSE_POSITIVES = 0.01
N_FOLDS = 5
_COMPONENTS = 20
_LEVELS = 4
"""Steps, spread over the diffusion, that a window's loss is averaged over."""
_TINY = 1e-6
"""A distance between windows that are the same."""


def candidates(audited: Audited, seed: int) -> NDArray[np.intp]:
    """Rows of members and of non-members, about as many of each, of the same people.

    Members are windows of the training split, non-members those held out; a sample was released
    for each of either kind, so that what a sample shares with its window tells nothing.
    """
    windows, known = audited.windows, audited.known
    both = windows[known].groupby("subject")["split"].agg(lambda own: (own == "train").mean())
    fit = known & windows["subject"].isin(both[(both > 0) & (both < 1)].index).to_numpy()
    members, others = (np.flatnonzero(fit & of) for of in (~audited.held_out, audited.held_out))
    n = min(len(members), len(others))
    chosen = [part[choose_windows(windows.iloc[part], n, seed)] for part in (members, others)]
    return np.sort(np.concatenate(chosen))


def nearest_attacks(
    real: Views, samples: Views, subjects: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    """Attacks that see the release: how near is the nearest sample?

    The distance is taken over that to the nearest real window of another person (difficulty
    calibration, Watson et al. 2022, arXiv 2111.08440): ordinary windows are near to everything.
    With one person it stands alone.

    Args:
        real: The candidates, n.
        samples: What was released.
        subjects: (n,) whom the candidates belong to.

    Returns:
        (n,) by name of the view, larger for likelier members.
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
    """An attack that sees the generator: how well does it denoise the candidate?

    The loss without video as a reference (Zhai et al. 2024, arXiv 2405.14800) takes twice as long
    and told no more of the default run: AUC 0.55 with it and without.

    Args:
        loaded: The generator.
        windows: n rows of the `windows` table.
        real: Their normalised EEG, (n, C, T).
        inputs: What their conditions are read from.
        seed: Seed of the noise, which is the same for all windows.

    Returns:
        (n,), larger for likelier members; None where training does without that loss.
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


def learned(
    x: NDArray[np.floating], member: NDArray[np.bool_], windows: pd.DataFrame, seed: int
) -> NDArray[np.float64]:
    """An attacker who knows of four fifths of the windows whether they are members, and learns.

    The rest are windows of other concepts. A release has about as many members as others of each
    concept: who learned from a concept's other windows would guess the wrong way.

    Args:
        x: (n, d) what there is to learn from.
        member: (n,).
        windows: n rows with `concept_id` and `clip_id`; the latter tells the folds apart where
            there are too few concepts.
        seed: Seed of the folds.

    Returns:
        (n,) scores of windows that were not learned from.
    """
    model = make_pipeline(
        StandardScaler(),
        PCA(min(_COMPONENTS, x.shape[1], len(x) // 2), random_state=0),
        StandardScaler(),
        LogisticRegression(class_weight="balanced"),
    )
    kinds = [set(windows["concept_id"][rows]) for rows in (member, ~member)]
    enough = len(set.union(*kinds)) >= N_FOLDS and min(map(len, kinds)) > 1  # in every fold's rest
    groups = windows["concept_id" if enough else "clip_id"]
    folds = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=derive_seed(seed) % 2**32)
    with one_thread():
        return cross_val_predict(
            model, x, member, groups=groups, cv=folds, method="decision_function"
        )


def audit(
    scores: Mapping[str, NDArray[np.float64]],
    blind: NDArray[np.floating] | None,
    member: NDArray[np.bool_],
    windows: pd.DataFrame,
    bootstrap: int,
    seed: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Judge attacks on windows whose membership is known.

    Args:
        scores: (n,) by name of the attack.
        blind: (n, d) what is seen of the windows without release and generator; None for no floor.
        member: (n,).
        windows: n rows with `subject` and `clip_id`.
        bootstrap: Draws of the bootstrap.
        seed: Seed of folds and bootstrap.

    Returns:
        The entries `membership_auc` and `membership_tpr_at_1pct_fpr` of metrics.json.
    """
    clips = windows["clip_id"]
    fewest = min(clips[of].nunique() for of in (member, ~member))
    if fewest < N_FOLDS:
        reason = f"{fewest} clips of members or of non-members, an attack learns from {N_FOLDS}"
        return unknown(reason), unknown(reason)
    weights = nested_weights(windows, member, bootstrap, seed)

    def judged(found: NDArray[np.float64]) -> tuple[dict[str, Any], dict[str, Any]]:
        rates = (auc(found, member, weights), tpr_at(FALSE_POSITIVES, found, member, weights))
        first, second = (entry(rate, clips) for rate in rates)
        return first, second

    subjects = windows["subject"]
    columns = centred(np.column_stack(list(scores.values())), subjects)
    areas, hits = judged(learned(columns, member, windows, seed))
    each = {name: judged(of) for name, of in zip(scores, columns.T, strict=True)}
    areas["attacks"], hits["attacks"] = (
        {name: pair[place] for name, pair in each.items()} for place in (0, 1)
    )
    if blind is not None:
        seen = learned(centred(blind, subjects), member, windows, seed)
        areas["floor"], hits["floor"] = judged(seen)
    n = {"n_members": int(member.sum()), "n_non_members": int((~member).sum())}
    return areas | n, hits | n


def copier(
    audited: Audited, rows: NDArray[np.intp], unit: NDArray[np.float32], sfreq: float, seed: int
) -> Views:
    """What a generator would release that hands out the members among the candidates `rows`.

    Args:
        audited: The candidates' real windows.
        rows: Candidates.
        unit: Unit of the audit, (C, 1) uV.
        sfreq: Hz.
        seed: Seed of the noise, a tenth of each electrode's standard deviation.
    """
    eeg = audited.eeg[rows[~audited.held_out[rows]]]
    noise = np.random.default_rng(derive_seed(seed, "copier")).standard_normal(eeg.shape)
    return look_at((eeg + 0.1 * eeg.std(-1, keepdims=True) * noise) / unit, sfreq)


def of_persons(audited: Audited) -> dict[str, Any]:
    """Tell people whom the generator learned from from those left out of its training.

    A person's score: how much nearer their held-out windows are to samples made for them than to
    those made for others, in logarithms of the distances, averaged over the views.
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
    return {
        "value": float(value[0]),
        "low": None,
        "high": None,
        "reason": "too few people for an interval",
        "n_members": int(trained.sum()),
        "n_non_members": int((~trained).sum()),
        "ideal": 0.5,
    }
