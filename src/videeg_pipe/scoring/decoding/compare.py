"""Paired differences between decoders on the same test clips."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.scoring.decoding.resampling import Resampling, per_clip
from videeg_pipe.scoring.stats import holm


def compare_decoders(
    values: Mapping[str, Mapping[str, NDArray[np.floating]]],
    reference: str,
    resampling: Resampling,
) -> pd.DataFrame:
    """Compare decoders with one of them, such as `lookup`, clip by clip.

    Args:
        values: Values per presentation by decoder and score, from `measure`.
        reference: The decoder to compare with.
        resampling: Of the test set.

    Returns:
        One row per other decoder and score that both have: `decoder`, `score`, `n_presentations`
        and `n_runs`; `difference` with its bootstrap interval over runs and people, `low` and
        `high`; `p` from flipping the signs of whole runs, and `p_holm`, adjusted for the decoders
        compared in the score; `n_people`, and `people_low` and `people_high`, the t-interval over
        people. NaN where an interval has too few units.
    """
    rows = []
    for score, base in values[reference].items():
        others = {name: of[score] for name, of in values.items() if score in of}
        others.pop(reference)
        differences = {name: per_clip(of) - per_clip(base) for name, of in others.items()}
        p_values = {name: resampling.difference_p(of) for name, of in differences.items()}
        adjusted = holm(p_values)
        for name, difference in differences.items():
            found = resampling.mean(difference)
            if found.value is None:
                continue
            people = found.over_people if found.n_people > 1 else None
            rows.append(
                {
                    "decoder": name, "score": score,
                    "n_presentations": found.n_presentations, "n_runs": found.n_runs,
                    "difference": found.value, "low": found.low, "high": found.high,
                    "p": p_values[name], "p_holm": adjusted[name],
                    "n_people": found.n_people,
                    "people_low": people and people.low, "people_high": people and people.high,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
