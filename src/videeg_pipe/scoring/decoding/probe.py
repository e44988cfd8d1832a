"""Whether features of EEG show whose it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_FOLDS, _COMPONENTS = 5, 50


def subject_probe(
    features: NDArray[np.floating], subject: NDArray[Any], run: NDArray[Any]
) -> NDArray[np.float64]:
    """Return 1 where a linear classifier names the right person and 0 elsewhere, (n,).

    Folds share no run, so that nobody is recognised by a slow drift over neighbouring clips.

    Args:
        features: (n, ...), such as the output of an encoder for test clips.
        subject: (n,) person of each row.
        run: (n,) run of each row, two or more.
    """
    flat = features.reshape(len(features), -1)
    folds = min(_FOLDS, len(np.unique(run)))
    most = min(_COMPONENTS, flat.shape[1], len(flat) // 2)
    probe = make_pipeline(
        StandardScaler(), PCA(most, random_state=0), LogisticRegression(max_iter=1000)
    )
    named = cross_val_predict(probe, flat, subject, groups=run, cv=GroupKFold(folds))
    return (named == subject).astype(np.float64)
