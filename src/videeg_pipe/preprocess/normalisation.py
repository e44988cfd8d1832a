"""Scales per subject and channel, fitted on the training split only."""

from pathlib import Path

import numpy as np

from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.contracts.scales import subject_scale
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.progress import progress


def fit_normalisation(*, cut: Path, eeg: Path, config: NormalisationOptions, out: Path) -> None:
    """Write one scale per channel for every subject with training windows.

    The population's scale, the median over subjects, is for people without training windows.

    Args:
        cut: The `cut` table.
        eeg: Folder of the preprocessed recordings, which are read one at a time.
        config: Kind of scale.
        out: `normalisation.json`, as contracts.scales.ChannelScales reads it.
    """
    windows = read_table(cut, "cut")
    store = EegStore(eeg)
    training = windows[windows["split"] == "train"]
    scales = {
        str(subject): subject_scale(store, rows, config.scale)
        for subject, rows in progress(training.groupby("subject"), "scales of subjects")
    }
    population = np.median(list(scales.values()), axis=0)
    write_record(
        out,
        {
            "scale": config.scale,
            "scales_uv": {subject: scale.tolist() for subject, scale in scales.items()},
            "population_uv": population.tolist(),
        },
    )
