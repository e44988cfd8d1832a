"""A trained generator behind the page; it is loaded at its first use."""

import base64
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.generator_folder import MODEL, read_folder_record
from videeg_pipe.contracts.programs import is_program
from videeg_pipe.report.head import LARGEST, head_data, packed
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

if TYPE_CHECKING:
    from videeg_pipe.generator.generator import Generator

MOST_S = 60.0
"""Length of an own video, s. `videeg generate` has no limit."""
MOST_BYTES = 200 * 2**20
_VIEW_S = 4.0  # of continuous EEG that the page shows at once
_HEAD = 1024  # bytes
_MOST_PIXELS = 7680 * 4320
_FRAMES = 4


class Model:
    """The generator of a folder; one computation at a time."""

    def __init__(self, folder: Path) -> None:
        self.record = read_folder_record(folder)
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: Generator | None = None

    @property
    def people(self) -> list[str]:
        """People of the training."""
        return list(self.record["people"])

    def fits(self, channels: list[str]) -> bool:
        """Return whether conditional means of samples with these electrodes can be computed."""
        layout = read_record(self._folder / MODEL).get("layout", {})
        return bool(self.record["continuous"]) and layout.get("channels") == channels

    def conditional_mean(self, sample: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the conditional mean of a released sample, (C, T), microvolts.

        Args:
            sample: `clip_features`, `stimulus_track` and `subject`.

        Raises:
            UserError: if the generator does not fit the release.
        """
        with self._lock:
            return self._generator.conditional_mean(
                sample["clip_features"], sample["stimulus_track"], sample["subject"]
            )

    def generate(self, path: Path, name: str, subject: str | None, mean: bool) -> dict[str, Any]:
        """Generate EEG for a video and pack it for the page.

        Args:
            path: The video, or a stimulus program.
            name: Its name for people, which is never used as a path.
            subject: A person of the training, or None for a new one.
            mean: Return the conditional mean.

        Returns:
            JSON-able: `name`, `subject`, `mean`, `seconds`, `head`, EEG in int16 of `step` uV, and
            `views`: pieces with their first sample, length in samples, and frames as `data:` URL.

        Raises:
            UserError: for a file that is not a video, or a video that is too long or too large.
        """
        try:
            _check(path)
            with self._lock:
                eeg = self._generator.generate(path, subject=subject, mean_only=mean)
            views = _views(path, eeg.data.shape[-1], eeg.sfreq)
        except UserError as error:
            text = str(error).replace(str(path), name).replace(path.name, name)
            raise UserError.__new__(UserError, text) from error
        step = float(np.abs(eeg.data).max()) / LARGEST or 1.0
        return {
            "name": name,
            "subject": subject,
            "mean": mean,
            "seconds": eeg.seconds,
            "head": head_data(eeg.channels, eeg.positions_m, eeg.sfreq),
            "step": step,
            "eeg": packed(eeg.data[0] / step),
            "views": views,
        }

    @property
    def _generator(self) -> "Generator":
        if self._loaded is None:
            from videeg_pipe.generator.generator import load_generator  # imports torch

            self._loaded = load_generator(self._folder)
        return self._loaded


def _check(path: Path) -> None:
    """Refuse what is not a short video before it is decoded."""
    from videeg_pipe.stimuli.video import probe_video

    with path.open("rb") as file:
        head = file.read(_HEAD)
    # a playlist would open further files; it is a text, and no video begins as one
    if not is_program(path) and head.isascii() and b"\0" not in head:
        raise UserError(
            path.name, expected="a video", found="a text", next_step="choose the video itself"
        )
    info = probe_video(path)
    if info.duration_s > MOST_S:
        raise UserError(
            path.name,
            expected=f"at most {MOST_S:g} s",
            found=f"{info.duration_s:.0f} s",
            next_step="cut it, or use videeg generate, which has no limit",
        )
    if info.width * info.height > _MOST_PIXELS:
        raise UserError(
            path.name,
            expected="pictures of 8K or smaller",
            found=f"{info.width} x {info.height}",
            next_step="convert it: ffmpeg -i FILE -vf scale=1280:-2 new.mp4",
        )


def _views(path: Path, n_samples: int, sfreq: float) -> list[dict[str, Any]]:
    """Cut EEG into pieces with the frames of each; the last one ends with the EEG."""
    from videeg_pipe.explore.pictures import pictures_of, strip
    from videeg_pipe.stimuli.video import probe_video

    info = probe_video(path)
    length = min(n_samples, round(_VIEW_S * sfreq))
    starts = [*range(0, n_samples - length, length), n_samples - length]
    within_s = np.arange(_FRAMES) / _FRAMES * length / sfreq
    views = []
    for start in starts:
        times_s = start / sfreq + within_s
        picture = strip(pictures_of(path, times_s), info.width / info.height)
        views.append(
            {
                "start": start,
                "length": length,
                "frames": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
                "caption": f"Frames at {', '.join(f'{time:.4g}' for time in times_s)} s.",
            }
        )
    return views
