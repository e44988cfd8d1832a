"""Clips with a planted signal: small, and decodable by every model."""

import numpy as np

from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.clips import Clips

CHANNELS = ("FP1", "FZ", "F8", "T7", "T8", "C3", "CZ", "C4", "P3", "PZ", "O1", "OZ", "O2", "CB2")
SFREQ, T = 100.0, 150
CONCEPTS = ("boat", "cat", "drum", "fire")
TEXT, LATENT = (5, 8), (3, 4, 2, 2)
N_RUN = 5  # clips per run

DECODERS = {"steps": 120, "batch_size": 16, "learning_rate": 3e-3, "weight_decay": 0.01,
            "gradient_clip": 1.0}  # fmt: skip
CONFIG = {
    "decoders": DECODERS,
    "sam_net": {
        "hrt": {
            "width": 32, "heads": 2, "layers": 1, "filters": 16, "kernel": 13, "stride": 4,
            "scales": [5, 11], "regions": ["frontal", "central", "temporal", "parietal",
            "occipital"], "attention": "log-variance", "positions": True, "dropout": 0.1,
            "noise": 0.1, "electrode_dropout": 0.05,
        },
        "progressive": True, "centre": True, "distance": "mean", "adversary": 0.1,
        "contrastive": 0.0,
    },
    "eeg2video": {
        "width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "window_s": 0.75,
        "hop_s": 0.25, "semantic_widths": [64], "native": False,
    },
    "dynamind": {
        "filters": [16, 16, 32], "width": 32, "heads": 2, "prior_layers": 1,
        "temporal_width": 32, "patch": 60, "dropout": 0.1, "alignment": 0.31,
        "contrastive": 0.11, "classes": 0.48, "structure": 0.022,
    },
    "mindcross": {
        "width": 32, "filters": 16, "top": 2, "adversary": 0.1, "people": 0.1, "dropout": 0.1,
    },
}  # fmt: skip


def planted_clips(people=("ann", "bob"), blocks=4, noise=1.0, seed=0) -> Clips:
    """Make clips whose concept and brightness are in text, latents and EEG.

    Every block has a run of five clips per concept. EEG is in microvolts; people differ in gain
    and share the responses.
    """
    rng = np.random.default_rng(seed)
    n_concepts, m = len(CONCEPTS), blocks * len(CONCEPTS) * N_RUN
    place = rng.standard_normal((n_concepts, len(CHANNELS)))
    course = np.stack([np.sin(2 * np.pi * f * np.arange(T) / SFREQ) for f in (3, 4, 5, 6)])
    bright_place = rng.standard_normal(len(CHANNELS))
    words = rng.standard_normal((n_concepts, *TEXT))
    looks = rng.standard_normal((n_concepts, *LATENT))
    light = rng.standard_normal(LATENT)
    run = np.arange(m) // N_RUN
    concept = np.concatenate([rng.permutation(n_concepts) for _ in range(blocks)])[run]
    bright = rng.standard_normal(m)
    response = 0.6 * place[concept][:, :, None] * course[concept][:, None]
    response = response + 0.4 * bright[:, None, None] * bright_place[:, None] * course[0]
    gains = dict(zip(people, 5 * np.exp(0.5 * rng.standard_normal(len(people))), strict=True))
    eeg = [
        gain * (response + noise * rng.standard_normal((m, len(CHANNELS), T)))
        for gain in gains.values()
    ]
    n = len(people)
    return Clips(
        eeg=np.concatenate(eeg).astype(np.float32),
        subject=np.repeat(people, m),
        run_id=np.tile([f"run{r:03}" for r in run], n),
        concept=np.tile(np.array(CONCEPTS)[concept], n),
        clip=np.tile(np.arange(m), n),
        text=(1 + words[concept]).astype(np.float32),
        latents=(looks[concept] + bright[:, None, None, None, None] * light).astype(np.float32),
    )


def split(clips: Clips, test_blocks=1) -> tuple[Clips, Clips]:
    """Return the clips of the first blocks and those of the last ones."""
    test = clips.clip >= len(clips.text) - test_blocks * len(CONCEPTS) * N_RUN
    return clips.take(~test), clips.take(test)


def layout_of(clips: Clips) -> DecoderLayout:
    """Describe planted clips."""
    return DecoderLayout.of(clips, CHANNELS, electrode_positions(CHANNELS), SFREQ)


def named(text: np.ndarray, clips: Clips) -> np.ndarray:
    """Return the concept whose mean text is nearest to each prediction."""
    means = np.stack([clips.text[clips.clip[clips.concept == name]].mean(0) for name in CONCEPTS])
    errors = np.square(text[:, None] - means).sum((2, 3))
    return np.array(CONCEPTS)[errors.argmin(1)]
