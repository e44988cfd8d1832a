"""Scores of each reconstruction, before any average.

A value has the name of its score, and of its part after a dot: `identify_within.vae`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.decoding import nway
from videeg_pipe.scoring.decoding.clips import HeldOut, Pictures
from videeg_pipe.scoring.decoding.dynamics import luminance_r, motion_r
from videeg_pipe.scoring.decoding.features import thumbnails
from videeg_pipe.scoring.decoding.identify import identify
from videeg_pipe.scoring.decoding.pixels import pixel_floors, psnr, ssim
from videeg_pipe.scoring.decoding.resampling import per_clip

Values = dict[str, NDArray[np.float64]]
"""By name, per presentation (n,) or per presentation and frame (n, F)."""

WAYS = {"video": (2, 40, 50), "frames": (2, 40)}
"""Classes per trial of Mind-Video's score, by kind of classifier."""
_PAIRINGS = 2
"""Clips of other runs that each reconstruction is compared with, for the floor `other_clip`."""


@dataclass(frozen=True)
class Measured:
    """Values of one decoder's reconstructions."""

    values: Values
    floors: dict[str, Values]  # of the same reconstructions against other clips
    probability: NDArray[np.float64]  # (n, K) of the picture classifier


def measure(made: Pictures, test: HeldOut, seed: int) -> Measured:
    """Score reconstructions clip by clip.

    Args:
        made: Reconstructions, row by row of the test set. Spaces and classes count that both the
            reconstructions and the true clips have.
        test: The test set.
        seed: Seed of the pairing with clips of other runs.

    Returns:
        Values by name, and by floor: `other_clip`, of clips of other runs (n-way: all other clips
        of the person), and `other_concept`. To give another decoder's values, or those of a
        ceiling, as levels of comparison, keep `values`.
    """
    concept, run = (test.table[name].to_numpy() for name in ("concept", "run_id"))
    probability = test.classifier.probabilities(made.frames)
    true = test.classifier.codes(concept)[:, None]
    own, n = thumbnails(made.frames), len(test.classifier.concepts)
    hits = {
        f"nway_label.{part}": nway.own_and_others(probability, true, ways, test.groups, concept)
        for part, ways in (("two", 2), ("all", n))
    }
    for kind, classes in made.classes.items():
        for ways in WAYS[kind] if kind in test.true.classes else ():
            both = (classes, test.true.classes[kind])
            hits[f"nway_mindvideo.{kind}_{ways}"] = nway.mindvideo(
                *both, ways, test.groups, concept
            )
    values: Values = {}
    floors: dict[str, Values] = {"other_clip": {}, "other_concept": {}}
    for name, found in hits.items():
        values[name] = found.pop("own")
        for floor, of in found.items():
            floors[floor][name] = of
    spaces = {"pixels": own} | dict(made.spaces)
    shown = {"pixels": test.thumbnails} | dict(test.true.spaces)
    for space in (name for name in spaces if name in shown):
        values[f"identify_all.{space}"], values[f"identify_within.{space}"] = identify(
            spaces[space], shown[space], test.groups, run
        )
    rows = np.arange(len(test.table))
    values |= _against(made, own, test, rows)
    pairings = test.other_runs(_PAIRINGS, derive_seed(seed, "other clips"))
    others = [_against(made, own, test, partner) for partner in pairings]
    for name in others[0]:
        floors["other_clip"][name] = np.mean([per_clip(of[name]) for of in others], axis=0)
    return Measured(values, floors, probability)


def measure_floors(
    frames: NDArray[np.uint8],
    concepts: NDArray[Any],
    decoded: NDArray[Any],
    test: HeldOut,
    seed: int,
) -> dict[str, Values]:
    """Return SSIM and PSNR of answers that need no generator, by floor; see `pixel_floors`.

    Args:
        frames: Clips of training blocks, (m, F, H, W, 3).
        concepts: (m,) label of each.
        decoded: (n,) concept that a linear decoder finds in the EEG of each presentation.
        test: The test set.
        seed: Seed of the choice of clips.
    """
    answers = pixel_floors(frames, concepts, decoded, derive_seed(seed, "floors"))
    return {
        name: {"ssim": ssim(of, test.true.frames), "psnr": psnr(of, test.true.frames)}
        for name, of in answers.items()
    }


def _against(
    made: Pictures, own: NDArray[np.float32], test: HeldOut, rows: NDArray[np.intp]
) -> Values:
    """Compare each reconstruction with the true clip of a row."""
    return {
        "ssim": ssim(made.frames, test.true.frames[rows]),
        "psnr": psnr(made.frames, test.true.frames[rows]),
        "luminance_r": luminance_r(own, test.thumbnails[rows]),
        "motion_r": motion_r(own, test.thumbnails[rows]),
    }
