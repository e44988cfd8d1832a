"""Render the phantom's videos, and measure the frames that drive the EEG."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.runtime.files import atomic_path, checked, read_json, sha256_file, write_json
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.phantom.labels import write_captions, write_meta_info, write_participants
from videeg_pipe.sources.phantom.layout import ShownClip, block_clips, index_at, video_name
from videeg_pipe.sources.phantom.scenes import Identity, Shot, frames, hint, shot

_CUT_INSIDE = 0.4  # share of clips with one cut
_BRIGHT, _FAST = 0.34, 0.035  # medians over clips of mean luminance and of mean motion
# one thread and no creation time in the file, so that equal pictures give equal bytes
_X264 = {"preset": "veryfast", "crf": "20", "threads": "1", "bf": "0"}


@dataclass(frozen=True)
class Design:
    """Course of one block's video, measured on the frames before encoding."""

    clips: list[ShownClip]
    luminance: NDArray[np.float32]  # (F,) mean of the picture, 0 to 1
    contrast: NDArray[np.float32]  # (F,) standard deviation of the picture
    motion: NDArray[np.float32]  # (F,) mean absolute difference to the previous frame
    cut: NDArray[np.float32]  # (F,) 1 on the first frame of a scene
    halves: NDArray[np.float32] | None = None
    """(2, 2, F) luminance and motion of the left and the right half, where the EEG needs them."""

    @classmethod
    def read(cls, manifest: Path, block: int) -> "Design":
        """Read a block's design, which `render_videos` wrote.

        Raises:
            UserError: if a file is missing or has another checksum than in the manifest.
        """
        entry = read_json(manifest)["videos"][block - 1]
        design = manifest.parent / entry["design"]
        path = checked(design, entry["design_sha256"], listed_in=manifest)
        with np.load(path, allow_pickle=False) as stored:
            return cls([ShownClip(**clip) for clip in entry["clips"]], **stored)


def render_videos(config: PhantomOptions, *, seed: int, manifest: Path) -> None:
    """Write the phantom's videos, labels and participants in SEED-DV's layout.

    Args:
        config: Number of people, layout and size of the videos.
        seed: The run's seed.
        manifest: Path of videos.json, which is written last. `videos` lists, per block, the file,
            its checksum, its clips and the file with the design. Other files lie beside it.
    """
    root, layout = manifest.parent, config.layout
    entries, flow = [], []
    for block in progress(range(1, layout.n_blocks + 1), "rendering videos"):
        entry, design = _render_block(config, seed, root, block)
        entries.append(entry)
        flow.append(_clip_motion(design, layout))
        looks = clip_looks(design, layout) if config.captions == "clip" else None
        write_captions(root / "Video" / "BLIP-caption", block, design.clips, looks)
    write_meta_info(root / "Video" / "meta-info", layout, seed, np.array(flow))
    write_participants(root / "participants.tsv", config, seed)
    size = {"width": config.width, "height": config.height}
    write_json(manifest, {"seed": seed, "layout": layout.model_dump(), **size, "videos": entries})


def _render_block(
    config: PhantomOptions, seed: int, root: Path, block: int
) -> tuple[dict[str, Any], Design]:
    clips = block_clips(config.layout, seed, block)
    video = root / "Video" / video_name(block)
    measured, halves, cuts = [], [], []
    with atomic_path(video) as temporary, _Encoder(temporary, config) as encoder:
        before: NDArray[np.int16] | None = None
        for scene in _scenes(config, seed, block, clips):
            cuts += [1.0] + [0.0] * (len(scene.gain) - 1)
            for frame in frames(scene, config.width, config.height):
                encoder.write(frame)
                luma = frame[: config.height].astype(np.int16) - 16
                motion = 0.0 if before is None else np.abs(luma - before).mean()
                measured.append((luma.mean(), luma.std(), motion))
                if config.lateral:
                    halves.append(_of_halves(luma, before))
                before = luma
    luminance, contrast, motion = np.array(measured, np.float32).T / 219
    design = Design(clips, luminance, contrast, motion, np.array(cuts, np.float32))
    measures: dict[str, Any] = {"luminance": luminance, "contrast": contrast, "motion": motion}
    if halves:
        measures["halves"] = np.array(halves, np.float32).transpose(1, 2, 0) / 219
    arrays = root / "design" / f"block{block}.npz"
    with atomic_path(arrays) as temporary, temporary.open("wb") as file:
        np.savez(file, **measures, cut=design.cut)
    entry = {
        "block": block,
        "file": video.relative_to(root).as_posix(),
        "sha256": sha256_file(video),
        "design": arrays.relative_to(root).as_posix(),
        "design_sha256": sha256_file(arrays),
        "clips": [asdict(clip) for clip in clips],
    }
    return entry, design


def _scenes(
    config: PhantomOptions, seed: int, block: int, clips: list[ShownClip]
) -> Iterator[Shot]:
    """Yield all shots of a block; their frames fill it exactly."""
    layout = config.layout
    shown_until = 0
    for number, clip in enumerate(clips):
        identity = Identity.of(clip.concept_id)
        start, end = (
            index_at(time, layout.fps) for time in (clip.onset_s, clip.onset_s + layout.clip_s)
        )
        if start > shown_until:
            yield hint(identity, start - shown_until, config.width)
        names = ("phantom", f"block {block}", f"clip {number}")
        rng = np.random.default_rng(derive_seed(seed, *names))
        cut = start + 1 + int((end - start) * rng.uniform(0.3, 0.7))
        edges = [start, cut, end] if rng.random() < _CUT_INSIDE and cut < end else [start, end]
        for first, last in pairwise(edges):
            yield shot(identity, clip.valence, last - first, layout.fps, config.width, rng)
        shown_until = end


def _clip_motion(design: Design, layout: BlockLayout) -> list[float]:
    """Mean motion of each clip without its first frame."""
    starts = [index_at(clip.onset_s, layout.fps) for clip in design.clips]
    n = index_at(layout.clip_s, layout.fps)
    return [float(design.motion[start + 1 : start + n].sum()) / n for start in starts]


def clip_looks(design: Design, layout: BlockLayout) -> list[str]:
    """Describe each clip of a block in words that vary within a concept."""
    looks = []
    n = index_at(layout.clip_s, layout.fps)
    for clip, motion in zip(design.clips, _clip_motion(design, layout), strict=True):
        start = index_at(clip.onset_s, layout.fps)
        bright = design.luminance[start : start + n].mean() > _BRIGHT
        cut = design.cut[start + 1 : start + n].any()
        looks.append(
            f"a {'bright' if bright else 'dark'} and {'fast' if motion > _FAST else 'slow'} "
            f"{'scene with a cut' if cut else 'steady scene'}, "
        )
    return looks


def _of_halves(
    luma: NDArray[np.int16], before: NDArray[np.int16] | None
) -> list[list[np.floating]]:
    """Luminance and motion, each of the left and of the right half."""
    change = np.zeros_like(luma) if before is None else np.abs(luma - before)
    return [
        [half.mean() for half in np.array_split(values, 2, axis=1)] for values in (luma, change)
    ]


class _Encoder:
    """Writer of an H.264 file, frame by frame."""

    def __init__(self, path: Path, config: PhantomOptions) -> None:
        self._container = av.open(str(path), "w", options={"fflags": "+bitexact"})
        rate = Fraction(config.layout.fps).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate, options=_X264)
        self._stream.width, self._stream.height = config.width, config.height
        self._stream.pix_fmt = "yuv420p"

    def __enter__(self) -> "_Encoder":
        return self

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame, (3 * height / 2, width), yuv420p."""
        picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
        self._container.mux(self._stream.encode(picture))

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._container.mux(self._stream.encode())
        self._container.close()
