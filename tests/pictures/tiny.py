"""A tiny `pictures/` folder: clips of flat colours that drift, and text that names the colour."""

from pathlib import Path

import numpy as np
import pandas as pd

from videeg_pipe.config.pictures import PicturesOptions, PictureTraining
from videeg_pipe.contracts.pictures import write_arrays
from videeg_pipe.contracts.tables import write_table

SPLITS = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
F, SIDE, TOKENS, WIDTH = 3, 32, 3, 16


def tiny_options(**options) -> PicturesOptions:
    short = PictureTraining(steps=3, batch_size=4, learning_rate=1e-3)
    return PicturesOptions(
        **{
            "frames": F,
            "width": SIDE,
            "height": SIDE,
            "vae_widths": [8, 16],
            "unet_widths": [8, 16],
            "vae_training": short,
            "unet_training": short,
            "motion_training": short,
            "control_training": short,
            "threads": 1,
            "steps": 2,
            "ceiling_clips": 1,
            **options,
        }
    )


def build_pictures(root: Path, *, poison: bool = False) -> Path:
    """Write frames, texts and stimuli; `poison` changes them outside of the training split."""
    rng = np.random.default_rng(0)
    n = len(SPLITS)
    names = [f"v{row // 5}-c{row % 5:03d}" for row in range(n)]
    stimuli = pd.DataFrame(
        {
            "stimulus_id": names,
            "run_id": names,
            "position": 1,
            "video_id": [f"v{row // 5}" for row in range(n)],
            "video_start_s": [2.0 * (row % 5) for row in range(n)],
            "concept_id": [row % 3 for row in range(n)],
            "concept": [f"concept {row % 3}" for row in range(n)],
            "caption": [f"caption {row % 3}" for row in range(n)],
            "split": SPLITS,
        }
    )
    frames = rng.integers(0, 256, (n, 1, 1, 1, 3)) + 10 * np.arange(F)[:, None, None, None]
    frames = np.broadcast_to(frames.clip(0, 255), (n, F, SIDE, SIDE, 3)).astype(np.uint8)
    texts = rng.standard_normal((n, TOKENS, WIDTH)).astype(np.float32)
    held_out = [split != "train" for split in SPLITS]
    if poison:
        frames[held_out] = 255 - frames[held_out]
        texts[held_out] *= -5
    write_table(root / "stimuli.parquet", "stimuli", stimuli)
    write_arrays(root / "frames.json", {"frames": frames})
    empty = np.zeros((TOKENS, WIDTH), np.float32)
    write_arrays(root / "texts.json", {"texts": texts, "empty": empty})
    return root
