"""The datasets of `videeg-gen.h5`: names, types, units and what they mean, in one place.

The HDF5 writer makes the datasets of this table and the data card prints it.
"""

from dataclasses import dataclass

from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.contracts.tables import EMOTIONS

SCHEMA_VERSION = "1.0"
FRAME_PIXELS = 256


@dataclass(frozen=True)
class Field:
    """One dataset; its first dimension is the sample."""

    name: str
    dtype: str  # NumPy's name, or `string`
    units: str
    description: str
    labels: tuple[str, ...] = ()  # names along the axis that the description speaks of


FIELDS: tuple[Field, ...] = (
    Field("eeg", "float32", "uV", "Generated EEG; channels as in `channel_names`."),
    Field(
        "eeg_scale",
        "float32",
        "1/uV",
        "`eeg * eeg_scale` lies in [-1, 1]: one over the largest absolute value, or 1 for a sample "
        "that is zero throughout.",
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
        "Low-level course of the video, rows as in the attribute `labels`; the attributes "
        "`rate_hz` and `history_s` give its rate and how long before the sample it begins.",
        TRACK_CHANNELS,
    ),
    Field(
        "frame_times_s",
        "float64",
        "s",
        "Presentation times of the context frames in the video, held at 0 before its start.",
    ),
    Field(
        "timestamps_s",
        "float64",
        "s",
        "Times in the video on the alignment grid, from the start of context or sample, whichever "
        "is earlier, to the sample's end; held at 0 before the video's start.",
    ),
    Field("sample_id", "string", "", "Name, after the window that it was generated for."),
    Field("subject", "string", "", "Person, real or simulated, whose EEG was modelled."),
    Field("split", "string", "", "train, validation or test."),
    Field("concept", "string", "", "What the video shows at that time."),
    Field("concept_id", "int64", "", "Number of the concept in the source."),
    Field("emotion", "string", "", "Emotion label; empty where `emotion_origin` is none."),
    Field(
        "emotion_probs",
        "float32",
        "1",
        "Probabilities of the emotions in the attribute `labels`; NaN where there is no label.",
        EMOTIONS,
    ),
    Field(
        "emotion_origin",
        "string",
        "",
        "Who gave the emotion: source (the data set), zero-shot (CLIP over prompts) or none.",
    ),
    Field("video_id", "string", "", "Video that the sample answers to."),
    Field("video_time_s", "float64", "s", "Time in the video at the sample's first value."),
    Field("seed", "int64", "", "Seed from which the sample was drawn."),
)

FRAMES = Field(
    "video_frames",
    "uint8",
    "1",
    "Context frames, RGB, oldest first, at `frame_times_s`.",
)
"""Only in releases whose videos may be handed on."""
