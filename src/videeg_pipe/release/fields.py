"""The datasets of `videeg-gen.h5`: names, types, units and descriptions.

The HDF5 writer creates the datasets of this table, and the data card prints it.
"""

from dataclasses import dataclass

from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.contracts.tables import EMOTIONS

SCHEMA_VERSION = "1.1"
"""1.1 added the optional attributes `highpass_hz` and `lowpass_hz` to 1.0."""
FRAME_PIXELS = 256
_SHORT_ROWS = 1024


@dataclass(frozen=True)
class Field:
    """One dataset; its first dimension is the sample."""

    name: str
    dtype: str  # NumPy's name, or `string`
    units: str
    description: str
    labels: tuple[str, ...] = ()  # names along the second dimension


def chunk_shape(n: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a dataset's chunks.

    Arrays have one sample per chunk, for access in any order. Labels and other short fields share
    chunks: a reader reads a whole column at once.

    Args:
        n: Number of samples in the release.
        shape: Shape of one sample.
    """
    return (1 if len(shape) > 1 else min(n, _SHORT_ROWS), *shape)


FIELDS: tuple[Field, ...] = (
    Field("eeg", "float32", "uV", "Generated EEG; channels as in `channel_names`."),
    Field(
        "eeg_scale",
        "float32",
        "1/uV",
        "`eeg * eeg_scale` lies in [-1, 1]: one over the largest absolute value, or 1 for a sample "
        "of zeros.",
    ),
    Field(
        "clip_features",
        "float16",
        "1",
        "CLIP image embeddings of the context frames, oldest first, at `frame_times_s`.",
    ),
    Field(
        "stimulus_track",
        "float32",
        "1",
        "Low-level features of the video over time, rows as in the attribute `labels`. The "
        "attributes `rate_hz` and `history_s` give its rate and how long before the sample it "
        "starts.",
        TRACK_CHANNELS,
    ),
    Field(
        "frame_times_s",
        "float64",
        "s",
        "Presentation times of the context frames in the video; 0 for times before its start.",
    ),
    Field(
        "timestamps_s",
        "float64",
        "s",
        "Times in the video on the alignment grid, from the start of the context or the sample, "
        "whichever is earlier, to the sample's end; 0 for times before the video's start.",
    ),
    Field(
        "sample_id",
        "string",
        "",
        "Id of the window that the sample was generated for, or under pseudonyms a number.",
    ),
    Field("subject", "string", "", "Person, real or simulated, whose EEG was modelled."),
    Field("split", "string", "", "train, validation or test."),
    Field("concept", "string", "", "Concept that the video shows at that time."),
    Field("concept_id", "int64", "", "Number of the concept in the source."),
    Field("emotion", "string", "", "Emotion label; empty where `emotion_origin` is none."),
    Field(
        "emotion_probs",
        "float32",
        "1",
        "Probabilities of the emotions in the attribute `labels`; NaN without a label.",
        EMOTIONS,
    ),
    Field(
        "emotion_origin",
        "string",
        "",
        "Origin of the emotion label: source (the data set), zero-shot (CLIP over prompts) or "
        "none.",
    ),
    Field("video_id", "string", "", "Video that the sample was generated for."),
    Field("video_time_s", "float64", "s", "Time in the video at the sample's first value."),
    Field("seed", "int64", "", "Random seed of the sample."),
)

FRAMES = Field(
    "video_frames",
    "uint8",
    "1",
    "Context frames, RGB, oldest first, at `frame_times_s`.",
)
"""Only in releases whose videos may be redistributed."""
