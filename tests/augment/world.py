"""A small run with clips of 2 s, and a generator that was trained on a share of it."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.builders import change_recording
from tests.generators import results_inputs, tiny_config
from videeg_pipe.augment.shares import cut_share
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.preprocess.clips import cut_clips
from videeg_pipe.preprocess.normalisation import fit_normalisation
from videeg_pipe.train.stage import train

PEOPLE, NEW = ["sub1", "sub2"], ["sub3"]
SHARE, DRAWS = 50.0, 2
CONFIGURATION: dict[str, Any] = {
    "run": {"seed": 1},
    "sample": SampleOptions(steps=2, batch_size=8, threads=1).model_dump(mode="json"),
    "augment": {"multiples": [1, DRAWS]},
    "normalisation": {"scale": "sd"},
}


def write_share(root: Path, *, poison: bool = False) -> Inputs:
    """Write the tables and scales of a share, and train a generator on it.

    Block 1 is for training; 2 and 3 are validation and test.

    Args:
        root: Folder of the results.
        poison: Change all EEG that is not in the share.
    """
    inputs = results_inputs(root, n_subjects=len(PEOPLE) + len(NEW))
    manifest = root / "manifest"
    cut_clips(
        recordings=manifest / "recordings.parquet",
        clips=manifest / "clips.parquet",
        index=inputs.path("index"),
        clip_s=2.0,
        split=SplitOptions(validation=[2], test=[3]),
        out=root / "clips_cut.parquet",
    )
    if poison:
        for path in sorted((root / "eeg").glob("*_truth.npy")):
            recorded = path.with_name(path.name.replace("_truth", ""))
            eeg = EegStore(root / "eeg").recording(recorded.stem).copy()
            first = eeg.shape[1] // 2 if recorded.stem.endswith("b1") else 0  # of the other half
            eeg[:, first:] *= -7
            change_recording(recorded, eeg)
    share = root / "share"
    arguments = {"cut": inputs.path("cut"), "clips_cut": root / "clips_cut.parquet"}
    cut_share(SHARE, PEOPLE, out=share / "cut.parquet", **arguments)
    normalisation = share / "normalisation.json"
    fit_normalisation(
        cut=share / "cut.parquet",
        eeg=root / "eeg",
        config=NormalisationOptions(),
        out=normalisation,
    )
    own = {"cut": share / "cut.parquet", "normalisation": normalisation}
    own |= {"checkpoint": share / "checkpoint.safetensors", "model": share / "model.json"}
    inputs = Inputs({**inputs.paths, **own})
    train("spgn", inputs=inputs, config=tiny_config(epochs=1), folder=share)
    return inputs


def planted(n: int, C: int, T: int, seed: int = 0) -> np.ndarray:
    """Return noise that is correlated between neighbouring electrodes and times, (n, C, T)."""
    white = np.random.default_rng(seed).standard_normal((n, C + 1, T + 3))
    smooth = white[..., :-3] + white[..., 1:-2] + white[..., 2:-1] + white[..., 3:]
    return (smooth[:, 1:] + smooth[:, :-1]).astype(np.float32)
