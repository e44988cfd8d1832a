"""Another person's recordings in place of a generator's draws: real EEG, an oracle for tables."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.scoring_data import Material


def with_others(material: Material, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Those of some windows whose moment somebody else saw too.

    Raises:
        UserError: if there is none.
    """
    seen = np.array([len(others) > 0 for others in material.others(rows)], bool)
    if not seen.any():
        raise UserError(
            "a variant that is `real`",
            expected="a moment of a video that two people saw",
            found="none in this split",
            next_step="leave the variant out of the table",
        )
    return rows[seen]


def another_person(material: Material, rows: NDArray[np.intp]) -> Draws:
    """Draws that are the recordings of other people at the same moment of the same video.

    The sample is one person's, the next in order; the mean is that over all others, as the
    conditional mean of a generator is over its draws. Without the video, one knows no more of them
    than the mean of all their windows.

    Args:
        material: Real windows.
        rows: k windows that others have too.
    """
    real, subject = material.normalised, material.windows["subject"].to_numpy()
    of_person = {name: real[subject == name].mean(0) for name in np.unique(subject)}
    mean, blank, samples = [], [], []
    for row, others in zip(rows, material.others(rows), strict=True):
        after = others[subject[others] > subject[row]]
        samples.append(real[min(after if len(after) else others, key=lambda at: subject[at])])
        mean.append(real[others].mean(0))
        blank.append(np.mean([of_person[name] for name in subject[others]], axis=0))
    return Draws(
        mean=np.stack(mean),
        blank=np.stack(blank),
        samples=np.stack(samples),
        n_drawn=len(rows),
        seconds=0.0,
        peak_memory_mb=0.0,
    )
