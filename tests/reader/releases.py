"""Small releases with drawn shapes, values and labels."""

from pathlib import Path

import h5py
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.reader import write_samples
from videeg_pipe import Release, load_release

ELECTRODES = ("FPZ", "FZ", "CZ", "OZ", "T7", "CB1")
SPLITS = ("train", "validation", "test")
WORDS = st.text("aZé0 -_'/", min_size=1, max_size=8).filter(
    lambda text: text == " ".join(text.split())  # BIDS tables keep single spaces only
)
RATES = st.sampled_from((100.0, 128.0, 200.0, 250.0, 512.0))  # Hz
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@st.composite
def drawn(draw, words=ANY_TEXT):
    """Draw the arguments of `write_samples`: EEG, channels and labels."""
    n, n_times = draw(st.integers(1, 7)), draw(st.integers(2, 9))
    channels = draw(st.permutations(ELECTRODES))[: draw(st.integers(3, 6))]
    uv = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
    eeg = draw(arrays.arrays(np.float32, (n, len(channels), n_times), elements=uv))

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    concepts = column(words)
    labels = {
        "sample_id": draw(st.lists(words.filter(bool), min_size=n, max_size=n, unique=True)),
        "subject": column(st.sampled_from(("sub1", "person-2", "P 3"))),
        "split": column(st.sampled_from(SPLITS)),
        "concept": concepts,
        "concept_id": [sorted(set(concepts)).index(name) * 3 + 1 for name in concepts],
        "emotion": column(st.sampled_from(("", "positive"))),
        "video_id": column(words),
        "video_time_s": column(st.floats(0, 1e4)),
    }
    return eeg, channels, labels


def write(path: Path, drawing, sfreq: float = 200.0) -> Release:
    """Write a drawn release of a rate in Hz and open it."""
    eeg, channels, labels = drawing
    write_samples(path, eeg, channels, labels)
    with h5py.File(path, "r+") as file:
        file.attrs["sfreq"] = sfreq
    return load_release(path)


def damaged(h5: Path, path: Path) -> Path:
    """Copy a release with one wrong bit in the EEG of sample 3."""
    with h5py.File(h5) as file:
        at = file["eeg"].id.get_chunk_info(3).byte_offset + 100
    content = bytearray(h5.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    return path
