"""A small world of clips: concepts have a colour and a texture, clips their own course and place.

Two people see six runs of five clips in the test block; two other blocks are for training.
"""

from functools import cache

import numpy as np
import pandas as pd

from videeg_pipe.scoring.decoding.classifier import train_picture_classifier
from videeg_pipe.scoring.decoding.clips import HeldOut, Pictures

CONCEPTS, CLIPS, FRAMES, HEIGHT, WIDTH = 6, 5, 6, 24, 32
NAMES = np.array([f"concept {i}" for i in range(CONCEPTS)])
PEOPLE = ("sub1", "sub2")


@cache
def clips(block):
    """Frames (30, F, H, W, 3) of a block's runs, and the concept of each clip."""
    rng = np.random.default_rng(block)
    y, x = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    colours = np.random.default_rng(0).uniform(0.2, 1, (CONCEPTS, 3))
    order = rng.permutation(CONCEPTS)
    frames = []
    for concept in np.repeat(order, CLIPS):
        light = np.clip(0.6 + 0.15 * rng.standard_normal(FRAMES), 0.2, 1)
        start, speed = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.8, FRAMES).cumsum()
        waves, (cy, cx) = 4 + 2 * concept, rng.uniform(0.2, [0.8, 1.1])
        for t in range(FRAMES):
            stripes = 0.6 + 0.4 * np.sin(waves * x + start + speed[t])
            disc = (y - cy) ** 2 + (x - cx) ** 2 < 0.04
            picture = np.where(disc, 1.0, stripes)[..., None] * colours[concept] * light[t]
            frames.append(255 * picture)
    pictures = np.rint(np.clip(frames, 0, 255)).astype(np.uint8)
    return pictures.reshape(-1, FRAMES, HEIGHT, WIDTH, 3), NAMES[np.repeat(order, CLIPS)]


TRAINING, LABELS = (np.concatenate(of) for of in zip(clips(1), clips(2), strict=True))


@cache
def held_out(people=PEOPLE, block=7):
    """The test block, with thumbnails of quarter the size standing in for VAE latents."""
    frames, concepts = clips(block)
    n = len(frames)
    table = pd.DataFrame(
        {
            "subject": np.repeat(people, n),
            "recording_id": np.repeat([f"{name}-b{block}" for name in people], n),
            "block": block,
            "concept": np.tile(concepts, len(people)),
            "run_id": np.tile([f"b{block}-r{i // CLIPS}" for i in range(n)], len(people)),
            "position": np.tile(np.arange(n) % CLIPS + 1, len(people)),
        }
    )
    shown = np.tile(frames, (len(people), 1, 1, 1, 1))
    return HeldOut(table, pictures(shown), classifier())


@cache
def classifier():
    return train_picture_classifier(TRAINING, LABELS)


def pictures(frames):
    """Clips with their latents."""
    return Pictures(frames, {"vae": frames[:, :, 2::4, 2::4].astype(np.float32) / 255})


def shuffled(test, seed=3):
    """Row of another run for each row."""
    return test.other_runs(1, seed)[0]


def lookup(named, seed=0, same_in_run=True):
    """Training clip of each named concept; the first one, or a random one."""
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(name == LABELS) for name in named]
    return TRAINING[[own[0] if same_in_run else rng.choice(own) for own in rows]]
