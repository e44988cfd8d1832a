"""Order and stages of SAM-Net's centred-progressive subject adversarial training (C-SA)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.models.decoders.fitting import Stage
from videeg_pipe.runtime.threads import one_thread


def person_feature(
    z: NDArray[np.float32], kind: Literal["mean", "covariance"]
) -> NDArray[np.float64]:
    """Return the feature f_i of a person.

    Args:
        z: The person's standardised training windows, (n, C, T).
        kind: `mean`: mean window (paper); `covariance`: logarithm of the log-Euclidean mean
            covariance of electrodes.
    """
    if kind == "mean":
        return z.mean(0, dtype=np.float64).ravel()
    from pyriemann.estimation import Covariances  # a second to import
    from pyriemann.geometry.base import logm
    from pyriemann.geometry.mean import gmean
    from pyriemann.geometry.tangentspace import upper

    with one_thread():
        covariances = Covariances("oas").transform(z.astype(np.float64))
        mean = gmean(covariances + 1e-9 * np.eye(z.shape[1]), metric="logeuclid")
        return upper(logm(mean))


def distances(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine distances d(i, j) of features (S, p), (S, S)."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    return 1 - unit @ unit.T


def central(d: NDArray[np.float64]) -> int:
    """Return the person c* with the highest mean similarity to the others (Eq. 5)."""
    return int(d.sum(1).argmin())  # similarity is 1 - d, and d(i, i) is 0


def addition_order(d: NDArray[np.float64], first: int) -> list[int]:
    """Return all people, each next one nearest to the set of those before (Eq. 6).

    Args:
        d: Distances, (S, S).
        first: The start, C_0.
    """
    order, rest = [first], [i for i in range(len(d)) if i != first]
    while rest:
        nearest = min(rest, key=lambda r: (d[r, order].min(), r))
        order.append(nearest)
        rest.remove(nearest)
    return order


def stages(person: NDArray[np.int64], order: list[int], steps: int) -> list[Stage]:
    """Divide steps equally among the stages C_0, C_1, ...; their sum is always `steps`.

    Args:
        person: Index of each row's person, (n,).
        order: Order in which people join.
        steps: Gradient steps of all stages together.
    """
    ends = np.linspace(0, steps, len(order) + 1).round().astype(int)
    found = [
        Stage(np.flatnonzero(np.isin(person, order[: t + 1])), int(ends[t + 1] - ends[t]))
        for t in range(len(order))
    ]
    return [stage for stage in found if stage.steps]
