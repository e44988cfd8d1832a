"""Decode a recording window by window, and write the drawn clips as one video."""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.decoder_folder import COPY_AGAIN, RECORD, read_playback
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.generator.recording import Recording, check_recording, read_recording
from videeg_pipe.models.decoders.checkpoint import load_decoder
from videeg_pipe.models.decoders.registry import DECODERS
from videeg_pipe.models.pictures.drawing import ClipArtist, noise_of
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import atomic_path, entries_of, read_record


@dataclass(frozen=True)
class Playback:
    """What `decode_recording` has done."""

    seconds: float  # of EEG, decoded
    n_clips: int
    skipped: int  # with a pause or bad segment, or beyond the recording; their frames are black
    interpolated: list[str]  # electrodes
    subject: str | None  # None: treated as a new person


def decode_recording(
    recording: Path,
    model: Path,
    video: Path,
    *,
    subject: str | None = None,
    onset_s: float = 0.0,
    event: str | None = None,
    clips_per_event: int = 1,
    seed: int = 0,
) -> Playback:
    """Decode a recording to its end, or at each event, and write the clips as one video.

    Args:
        recording: EEG in a format of MNE, with the electrodes of the decoder.
        model: Folder of a packed decoder.
        video: MP4 file to write.
        subject: A person whom the decoder was trained on; None for anybody else.
        onset_s: Where the first clip begins, s after the first sample, or after each event.
        event: Text of the annotations, or `stim_file` of the events, that say when clips were
            shown; None: clips follow each other to the end.
        clips_per_event: Number of clips that follow each other after an event.
        seed: Seed of the noise that clips are drawn from.

    Raises:
        UserError: if a file cannot be used, the person is unknown, or nothing can be decoded.
    """
    if not 0 <= onset_s < math.inf:
        raise UserError(
            "--onset", expected="seconds of 0 or more", found=f"{onset_s:g}", next_step="correct it"
        )
    check_recording(recording)
    facts, decoder = read_playback(model), load_decoder(model, next_step=COPY_AGAIN)
    with entries_of(model / RECORD, next_step=COPY_AGAIN):
        filters = PreprocessOptions(sfreq=decoder.layout.sfreq, **facts["preprocess"])
        options = section(PicturesOptions, facts["pictures"])
    layout, spec = decoder.layout, DECODERS[read_record(model / "decoder.json")["name"]]
    if subject is not None and subject not in layout.subjects:
        raise UserError(
            "--subject",
            expected=f"one of {', '.join(layout.subjects)}",
            found=subject,
            next_step="correct the name, or leave it out for a new person",
        )
    shape = (layout.channels, layout.positions, layout.sfreq, layout.n_samples, layout.subjects)
    read = read_recording(recording, EegLayout(*shape, ()), filters.model_dump())
    T, n = layout.n_samples, read.eeg.shape[1]
    first = round(min(onset_s * layout.sfreq, n))
    if event is None:
        starts = np.arange(first, n - T + 1, T)
    else:
        shown = np.rint(_onsets_s(recording, read, event) * layout.sfreq).astype(int)
        starts = (shown[:, None] + first + T * np.arange(clips_per_event)).ravel()
    usable = read.usable(starts, T)
    if not usable.any():
        after = "" if event is None else f"an event {event} and "
        raise UserError(
            str(recording),
            expected=f"{T / layout.sfreq:g} s of EEG after {after}{onset_s:g} s, without pause",
            found=f"{n / layout.sfreq:g} s in all",
            next_step="use a longer recording or an earlier onset",
        )
    windows = np.stack([read.eeg[:, at : at + T] for at in starts[usable]])
    decoded = decoder.predict(windows, np.full(len(windows), subject or ""))
    artist = ClipArtist.load(PictureStore(model / "pictures"), options)
    latents = decoded.latents
    if spec.drawn:
        noise = noise_of(starts[usable], latents.shape[1:], seed)
        latents = artist.draw(decoded.text, latents, noise, make_keyframe=True)
    drawn = artist.frames(latents)  # (k, F, H, W, 3)
    frames = np.zeros((len(starts), *drawn.shape[1:]), np.uint8)
    frames[usable] = drawn
    rate = Fraction(drawn.shape[1] * layout.sfreq / T).limit_denominator(1001)
    write_video(video, frames.reshape(-1, *frames.shape[2:]), rate)
    seconds = len(starts) * T / layout.sfreq
    return Playback(seconds, len(starts), int((~usable).sum()), read.interpolated, subject)


def _onsets_s(path: Path, read: Recording, event: str) -> NDArray[np.float64]:
    """Return when an event occurs, in order, s."""
    found = sorted(onset_s for onset_s, text in read.marks if text == event)
    if not found:
        texts = sorted({text for _, text in read.marks})
        raise UserError(
            str(path),
            expected=f"annotations or events named {event}",
            found=listed(texts) or "none, or a recording with pauses",
            next_step="correct --event, or leave it out",
        )
    return np.array(found)


def write_video(path: Path, frames: NDArray[np.uint8], rate: Fraction) -> None:
    """Write frames (n, H, W, 3) as H.264 in an MP4 file."""
    with atomic_path(path) as temporary, av.open(temporary, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
