"""The condition of windows of one video, built in memory: no files, no tables."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.features import measure_video
from videeg_pipe.stimuli.person import Person
from videeg_pipe.stimuli.video import Picture, decoded


def build_condition(
    video: Path | Iterable[tuple[float, Picture]],
    person: Person,
    layout: EegLayout,
    *,
    encoder: ClipEncoder,
    embed: EmbedOptions,
    config: ConditionOptions,
    start_s: Sequence[float] = (0.0,),
) -> Condition:
    """Build the condition of windows of one video, seen by one person.

    It equals that of the stages for the same video, person and windows, except that `clip` keeps
    float32 where the files of the embed stage round CLIP embeddings to float16.

    Args:
        video: A file, or decoded frames with their presentation times in seconds, ascending. Times
            of a file count from its start; the first frame may be later.
        person: Who watches. A person whose name is not in `layout.subjects` is a new one.
        layout: Of the EEG to generate: sampling rate, samples per window and known subjects.
        encoder: CLIP.
        embed: Frame rate and size, batch size, alignment.
        config: Context, frames, track, and which inputs are used.
        start_s: Presentation times at the windows' first samples, B of them.

    Returns:
        The condition of B windows, without `eeg_prior`.

    Raises:
        UserError: if the video is missing, cannot be decoded, or has no frames in ascending order.
    """
    frames, duration_s = decoded(video)
    features = measure_video(frames, duration_s, encoder, embed)
    starts = np.asarray(start_s, np.float64)
    windows = window_features(features, starts, layout.n_samples / layout.sfreq, config)
    text = encoder.tokens([person.sentence], embed.batch_size)  # (1, 77, 768)
    return make_condition(
        windows.clip,
        np.repeat(text, len(starts), axis=0),
        windows.track,
        np.full(len(starts), layout.subject_index(person.name)),
        config,
        n_subjects=len(layout.subjects),
    )
