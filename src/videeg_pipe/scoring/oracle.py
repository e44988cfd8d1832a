"""Oracle for tables of trials: another person's recordings in place of a generator's draws."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.scoring_data import ScoringData


def seen_by_others(data: ScoringData, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of the windows `rows` whose moment another person saw too.

    Raises:
        UserError: if there is none.
    """
    seen = np.array([len(others) > 0 for others in data.others(rows)], bool)
    if not seen.any():
        raise UserError(
            "a variant that is `real`",
            expected="a moment of a video that two people saw",
            found="none in this split",
            next_step="leave the variant out of the table",
        )
    return rows[seen]


def another_person(data: ScoringData, rows: NDArray[np.intp]) -> Draws:
    """Use recordings of other people at the same moment of the same video as draws.

    The sample is that of the next person in order. The mean is over all others, as the conditional
    mean of a generator is over its draws. The mean without video is that of all their windows.

    Args:
        data: Real windows.
        rows: k windows whose moment others saw too.
    """
    real, subject = data.normalised, data.windows["subject"].to_numpy()
    of_person = {name: real[subject == name].mean(0) for name in np.unique(subject)}
    mean, blank, samples = [], [], []
    for row, others in zip(rows, data.others(rows), strict=True):
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
