"""Released samples of people, fresh or copied, for the privacy audit."""

import numpy as np
import pandas as pd

from videeg_pipe.scoring.privacy.audited import AuditData, attack_views

SFREQ, CHANNELS, TIMES = 100.0, 8, 100
BOOTSTRAP = 100


def table(people=2, clips=24, windows_per_clip=2):
    """Windows of a training, a validation and a test block per person."""
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
        for place in range(windows_per_clip)
        for split in [("train", "train", "validation", "test")[4 * clip // clips]]
    ]
    return pd.DataFrame(rows, columns=["subject", "clip_id", "window_id", "concept_id", "split"])


def draws(subjects, seed):
    """EEG of people with different mixing matrices, (n, C, T) uV."""
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
    views = (attack_views(eeg, SFREQ) for eeg in (real, generated))
    return AuditData(windows, real, *views, frozenset(people))


def fresh(windows, seed=1, labels=None):
    """Samples from the distribution of the people's EEG."""
    real = draws(windows["subject"], seed)
    return audited(windows, real, draws(windows["subject"] if labels is None else labels, seed + 1))


def copies_of(windows, seed=1):
    """Samples that are training windows of the person plus weak noise."""
    real = draws(windows["subject"], seed)
    rng = np.random.default_rng(seed)
    out = 0.1 * rng.standard_normal(real.shape)
    for _, rows in windows.reset_index(drop=True).groupby("subject"):
        trained = rows.index[rows["split"] == "train"].to_numpy()
        out[rows.index] += real[np.resize(trained, len(rows))]
    return audited(windows, real, out.astype(np.float32))


WINDOWS = table()
FRESH, COPIES = fresh(WINDOWS), copies_of(WINDOWS)
