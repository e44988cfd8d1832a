"""Windows with a planted pattern per concept, for decoders."""

import numpy as np
import pandas as pd

from videeg_pipe.scoring.utility.decoders import decoder_features

SFREQ, CHANNELS, CONCEPTS = 100.0, 8, 4


def table(clips_per_concept, concepts=CONCEPTS):
    rows = [
        (f"sub{subject}", f"s{subject}-k{concept}-c{clip}", f"concept {concept}", None)
        for subject in range(2)
        for concept in range(concepts)
        for clip in range(clips_per_concept)
    ]
    frame = pd.DataFrame(rows, columns=["subject", "clip_id", "concept", "emotion"])
    return frame.assign(video_id=frame["clip_id"], video_time_s=0.0)


def eeg(windows, seed, pattern=1.5):
    """Noise plus, per concept, a rhythm with its own topography and random phase."""
    rng = np.random.default_rng(seed)
    concept = windows["concept"].str[-1].astype(int).to_numpy()
    topography = np.random.default_rng(0).standard_normal((10, CHANNELS))[concept]
    phase = rng.uniform(0, 2 * np.pi, (len(windows), 1))
    rhythm = np.sin(2 * np.pi * 10 * np.arange(100) / SFREQ + phase)
    gain = np.where(windows["subject"] == "sub0", 1, 3)[:, None, None]
    planted = pattern * topography[:, :, None] * rhythm[:, None]
    return gain * (rng.standard_normal((len(windows), CHANNELS, 100)) + planted)


def examples(windows, seed, pattern=1.5):
    return decoder_features(windows, iter([eeg(windows, seed, pattern)]), SFREQ)


TRAIN, TEST = table(12), table(6)
REAL = {
    "real": examples(TRAIN, 1),
    "mixed": examples(TRAIN, 1),
    "validation": examples(TEST, 2),
    "test": examples(TEST, 3),
}
