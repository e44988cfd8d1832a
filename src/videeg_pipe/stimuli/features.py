"""Features of one video: CLIP embeddings and stimulus track, in one pass over its frames."""

from collections import deque
from collections.abc import Iterable

import av

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.stimuli.align import align, steps
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import pictures_at


def measure_video(
    shown: Iterable[tuple[float, av.VideoFrame]],
    duration_s: float,
    encoder: ClipEncoder,
    config: EmbedOptions,
) -> VideoFeatures:
    """Embed frames of a video at a steady rate and measure its stimulus track.

    Args:
        shown: Frames with their presentation times in seconds, as `frames` yields them; they are
            taken one by one.
        duration_s: Length of the video.
        encoder: CLIP.
        config: Frame rate and size, batch size, alignment.
    """
    times_s = steps(duration_s, config.frame_rate)
    track = StimulusTrack()
    measured = track.watch(iter(shown))
    pictures = pictures_at(measured, times_s, config.frame_size)
    embeddings = encoder.images((picture for _, picture in pictures), config.batch_size)
    deque(measured, maxlen=0)  # the track continues after the last embedded frame
    grid_s = steps(duration_s, 1 / config.grid_s)
    aligned = align(
        embeddings,
        times_s,
        grid_s,
        window_s=config.align_window_s,
        overlap=config.align_overlap,
    )
    return VideoFeatures(aligned, grid_s, *track.arrays())
