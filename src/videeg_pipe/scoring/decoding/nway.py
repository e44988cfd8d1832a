"""N-way classification of reconstructions, in exact expectation over the drawn rivals.

A trial draws N - 1 rival classes without replacement from the K - k classes that are not true, and
is a hit if one of the k true classes has a higher score than all rivals. Published scores (`n-way
top-1` of Mind-Video, Chen et al. 2023) average random trials. If m of the other classes reach the
best true one, the expectation is the probability that none of the m is drawn, which is
hypergeometric: C(K-k-m, N-1) / C(K-k, N-1).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from videeg_pipe.runtime.errors import UserError

TRUE_CLASSES = 3
"""Mind-Video's truth: the best classes of the true clip, whatever was shown."""


def hit_rate(
    scores: NDArray[np.floating], true: NDArray[np.integer], n_way: int
) -> NDArray[np.float64]:
    """Return the expected share of trials that are hits, (n, m).

    Args:
        scores: (n, K) of the classes, per reconstruction.
        true: (n, m, k) the true classes, of m clips to compare each with. A rival with the same
            score as the best of them counts as higher.
        n_way: Classes per trial, N.

    Raises:
        UserError: if there are fewer than N - 1 classes that are not true.
    """
    n, n_classes = scores.shape
    others = n_classes - true.shape[-1]
    if n_way - 1 > others:
        raise UserError(
            f"{n_way}-way classification",
            expected=f"at most {others + 1} classes per trial",
            found=str(n_way),
            next_step="choose fewer: rivals are drawn from the classes that are not true",
        )
    of_true = np.take_along_axis(scores, true.reshape(n, -1), axis=1).reshape(true.shape)
    best = of_true.max(-1)  # (n, m)
    pairs = zip(np.sort(scores, axis=1), best, strict=True)
    reached = n_classes - np.array([np.searchsorted(*pair) for pair in pairs])
    ahead = reached - (of_true >= best[..., None]).sum(-1)  # m of the module's docstring
    by_number: NDArray[np.float64] = hypergeom.pmf(0, others, np.arange(others + 1), n_way - 1)
    return by_number[ahead]


def chance(n_way: int, n_true: int = 1) -> float:
    """Return the hit rate where all orders of the classes are equally likely: k / (N + k - 1).

    For Mind-Video's three true classes it is 3 / (N + 2): 0.75 for 2-way, 0.071 for 40-way.
    """
    return n_true / (n_way + n_true - 1)


def best_classes(scores: NDArray[np.floating], n: int = TRUE_CLASSES) -> NDArray[np.intp]:
    """Return the n classes with the largest scores of each true clip, (clips, n)."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :n]


def mindvideo(
    made: NDArray[np.floating],
    true: NDArray[np.floating],
    n_way: int,
    groups: list[NDArray[np.intp]],
    concept: NDArray[Any],
) -> dict[str, NDArray[np.float64]]:
    """Score classes of reconstructions against those of the true clips, as Mind-Video does.

    Args:
        made: Softmax of a pretrained classifier for the reconstructions, (n, K) or per frame
            (n, F, K); frames are averaged.
        true: The same for the true clips.
        n_way: Classes per trial, N.
        groups: Rows whose true clips are each other's rivals, of each person and block.
        concept: (n,) label of each clip.

    Returns:
        See `own_and_others`.
    """
    by_frame = (made, true) if made.ndim == 3 else (made[:, None], true[:, None])
    frames = [
        own_and_others(made_frame, best_classes(true_frame), n_way, groups, concept)
        for made_frame, true_frame in zip(*(np.moveaxis(of, 1, 0) for of in by_frame), strict=True)
    ]
    return {name: np.mean([of[name] for of in frames], axis=0) for name in frames[0]}


def own_and_others(
    scores: NDArray[np.floating],
    true: NDArray[np.integer],
    n_way: int,
    groups: list[NDArray[np.intp]],
    concept: NDArray[Any],
) -> dict[str, NDArray[np.float64]]:
    """Score reconstructions against their own clip and against other clips of the same person.

    Chance does not bound the score of a decoder without information, because classes that win on
    one clip tend to win on others too. The scores against other clips do.

    Args:
        scores: (n, K) of the classes, per reconstruction.
        true: (n, k) true classes of the clips.
        n_way: Classes per trial, N.
        groups: Rows of each person and block.
        concept: (n,) label of each clip.

    Returns:
        `own`, and as floors `other_clip` and `other_concept`: the mean against all other clips, and
        against those of other concepts, (n,) each; NaN where there is none.
    """
    out = {name: np.full(len(scores), np.nan) for name in ("own", "other_clip", "other_concept")}
    for rows in groups:
        n = len(rows)
        hits = hit_rate(scores[rows], np.broadcast_to(true[rows], (n, *true[rows].shape)), n_way)
        out["own"][rows] = hits.diagonal()
        out["other_clip"][rows] = _mean_where(hits, ~np.eye(n, dtype=bool))
        out["other_concept"][rows] = _mean_where(hits, concept[rows][:, None] != concept[rows])
    return out


def nearest_caption(
    decoded: NDArray[np.floating], captions: NDArray[np.floating]
) -> NDArray[np.intp]:
    """Return the caption that each decoded text embedding is nearest to, (n,).

    Args:
        decoded: (n, D), from EEG.
        captions: (K, D) mean embedding of each concept's training captions. What all captions
            share is subtracted from both; the distance is the cosine.
    """
    centre = captions.mean(0)
    towards = captions - centre
    towards = towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-12)
    return ((decoded - centre) @ towards.T).argmax(1)


def _mean_where(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean over the chosen columns of each row; NaN without any."""
    n = chosen.sum(1)
    return np.divide((values * chosen).sum(1), n, out=np.full(len(n), np.nan), where=n > 0)
