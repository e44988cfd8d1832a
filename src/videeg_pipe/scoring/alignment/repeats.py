"""Controls and ceilings that need no known truth: repeats, other times, the mean response."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.scoring.stats import moments, pearson, standardise

if TYPE_CHECKING:
    from videeg_pipe.scoring.alignment.correlation import AlignmentData

_SAME_PHASE = 0.05  # cycles


def between_repeats_r(drawn: "AlignmentData") -> NDArray[np.float64]:
    """Return each real window's mean r with its repeats; NaN without repeats in this split.

    A repeat shows the same person the same moment of the same video in another presentation.
    """
    data, windows = drawn.data, drawn.data.windows
    seen = moments(windows).to_numpy()
    groups = windows.assign(moment=seen).groupby(["subject", "moment"]).indices
    clip, out = windows["clip_id"].to_numpy(), np.full(len(drawn.rows), np.nan)
    for i, row in enumerate(drawn.rows):
        same = groups[windows["subject"].iloc[row], seen[row]]
        same = same[clip[same] != clip[row]]
        if len(same):
            own = standardise(data.real[row : row + 1] / data.scale[row])  # (1, C T)
            out[i] = (standardise(data.real[same] / data.scale[same]) @ own.T).mean()
    return out


def wrong_time_r(drawn: "AlignmentData") -> NDArray[np.float64]:
    """Return the mean r between a conditional mean and real windows of other times of its video.

    Partners are windows of the same subject and video that do not overlap in the video's time. The
    first window of a clip takes no part: knowing only that a clip begins gains nothing. NaN where
    there are no partners, or all of them show a flicker at the same phase.
    """
    windows, length_s = drawn.windows, drawn.real.shape[-1] / drawn.data.sfreq
    r = standardise(drawn.draws.mean) @ standardise(drawn.real).T  # (n, n)
    subject, video = (windows[name].to_numpy() for name in ("subject", "video_id"))
    time_s = windows["video_time_s"].to_numpy()
    allowed = (subject[:, None] == subject) & (video[:, None] == video)
    allowed &= np.abs(time_s[:, None] - time_s) > length_s - 0.5 / drawn.data.sfreq
    later = ~drawn.data.at_onset[drawn.rows]
    allowed &= later[:, None] & later
    for name, tags in drawn.data.tags.items():
        of_it = video == name
        same = _same_phase(time_s[of_it], tags)
        pairs = allowed[np.ix_(of_it, of_it)]
        pairs[~(pairs & ~same).any(1)] = False
        allowed[np.ix_(of_it, of_it)] = pairs
    n = allowed.sum(1)
    return np.divide((r * allowed).sum(1), n, out=np.full(len(r), np.nan), where=n > 0)


def _same_phase(time_s: NDArray[np.float64], tags: Sequence[float]) -> NDArray[np.bool_]:
    """Whether two times of a flicker lie whole periods of all its frequencies apart, (n, n)."""
    apart_s = np.abs(time_s[:, None] - time_s)
    cycles = apart_s[..., None] * np.asarray(tags)  # (n, n, tags)
    return (len(tags) > 0) & (np.abs(cycles - np.round(cycles)) < _SAME_PHASE).all(-1)


def mean_response_r(drawn: "AlignmentData") -> NDArray[np.float64] | None:
    """Return r between the person's mean training window and the real window."""
    mean = drawn.data.training_mean
    return None if mean is None else pearson(mean[drawn.rows], drawn.real)
