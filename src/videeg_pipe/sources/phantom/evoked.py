"""The evoked part: responses to new pictures, luminance, motion, concepts and valence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.block_timing import block_s
from videeg_pipe.sources.concepts import CONCEPT_GROUPS
from videeg_pipe.sources.phantom.forward import SOURCES, mix, source_topographies
from videeg_pipe.sources.phantom.layout import index_at
from videeg_pipe.sources.phantom.subject import SubjectParameters
from videeg_pipe.sources.phantom.videos import Design


@dataclass(frozen=True)
class Peak:
    """A Gaussian bump of a response in time."""

    latency_s: float  # of the average person
    width_s: float  # standard deviation
    size: float  # relative to the P1


@dataclass(frozen=True)
class Response:
    """Response to a drive: strengths of sources by name, and peaks in time."""

    sources: dict[str, float]
    peaks: tuple[Peak, ...]


P1 = Response({"O1": 1.0, "OZ": 0.4, "O2": 1.0}, (Peak(0.100, 0.016, 1.0),))
N1 = Response({"PO7": 1.0, "PO8": 1.0, "P7": 0.6, "P8": 0.6}, (Peak(0.170, 0.022, -0.9),))
P2 = Response({"POZ": 1.0, "OZ": 0.5, "PZ": 0.5}, (Peak(0.240, 0.035, 0.6),))
LUMINANCE = Response(
    {"OZ": 1.0, "O1": 0.4, "O2": 0.4}, (Peak(0.085, 0.018, 0.80), Peak(0.135, 0.022, -0.65))
)
MOTION = Response(
    {"P7": 0.8, "P8": 1.0, "PO7": 0.7, "PO8": 0.9},
    (Peak(0.150, 0.028, 0.8), Peak(0.230, 0.040, -0.5)),
)
# what the left half of the picture evokes in the right hemisphere; mirrored for the right half
LATERAL_LUMINANCE = Response({"O2": 1.0, "PO8": 0.4}, LUMINANCE.peaks)
LATERAL_MOTION = Response({"P8": 1.0, "PO8": 0.9}, MOTION.peaks)
VALENCE = Response({"CPZ": 1.0, "PZ": 1.0}, (Peak(0.450, 0.09, 0.35),))

_CUT = 0.7  # response to a cut inside a clip or to a hint, relative to a new clip
_LUMINANCE_SD = 0.08  # typical spread in a clip
_MOTION_SD = 0.02  # typical spread in a clip
_LASTING_S = 0.05  # a drive of one standard deviation for this long evokes as much as an onset
_FIRST_LATENCY_S, _LAST_LATENCY_S = 0.170, 0.330  # of the first and the last group of concepts
_KERNEL_S = 1.0


def topography(response: Response, topographies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scalp map of a response, (62,), scaled to 1 at its strongest electrode.

    Args:
        response: The response.
        topographies: (62, N_SOURCES) of the person, from `source_topographies`.
    """
    weights = np.array([response.sources.get(name, 0.0) for name in SOURCES])
    raw = mix(topographies, weights[:, None])[:, 0]
    return raw / np.abs(raw).max()


def concept_response(seed: int, concept_id: int) -> Response:
    """Draw the response to one concept: sources and latency of its group, and own sources."""
    groups = list(dict.fromkeys(CONCEPT_GROUPS.values()))
    group = CONCEPT_GROUPS[concept_id]
    shared, own = (
        np.random.default_rng(derive_seed(seed, "phantom", *names)).standard_normal(len(SOURCES))
        for names in (("group", group), ("concept", str(concept_id)))
    )
    place = groups.index(group) / (len(groups) - 1)
    latency = _FIRST_LATENCY_S + place * (_LAST_LATENCY_S - _FIRST_LATENCY_S)
    weights = dict(zip(SOURCES, (0.6 * shared + 0.8 * own).tolist(), strict=True))
    return Response(weights, (Peak(latency, 0.035, 0.9), Peak(latency + 0.1, 0.05, -0.45)))


def simulate_evoked(
    design: Design,
    parameters: SubjectParameters,
    layout: BlockLayout,
    *,
    seed: int,
    size_uv: float,
    lateral: float = 0.0,
) -> NDArray[np.float32]:
    """Simulate the evoked part of one block.

    Args:
        design: Course of the video.
        parameters: Of the person.
        layout: Timing and rates.
        seed: The run's seed, which draws the concepts' topographies.
        size_uv: P1 at its strongest electrode for a gain of 1, uV.
        lateral: Share of the responses to luminance and motion that the halves of the picture
            evoke, each in the opposite hemisphere.

    Returns:
        (62, N), uV, against the recorded reference.
    """
    n = index_at(block_s(layout), layout.sfreq)
    maps = source_topographies(parameters.source_shift, parameters.source_tilt)
    new_picture = _new_pictures(design, layout, n)
    motion = _on_screen(np.where(design.cut > 0, 0, design.motion) / _MOTION_SD, layout, n)
    luminance = _on_screen(design.luminance / _LUMINANCE_SD, layout, n)
    parts = [(response, new_picture) for response in (P1, N1, P2)]
    whole = 1 - lateral
    parts += [(LUMINANCE, whole * luminance), (MOTION, whole * motion)]
    parts += _lateral(design, layout, n, lateral)
    valence = np.zeros(n)
    for concept in sorted({clip.concept_id for clip in design.clips}):
        clips = [clip for clip in design.clips if clip.concept_id == concept]
        first = np.array([index_at(clip.onset_s, layout.sfreq) for clip in clips])
        drive = np.zeros(n)
        for start in first:  # motion in the picture keeps driving the concept's response
            during = slice(start, start + index_at(layout.clip_s, layout.sfreq))
            drive[during] = motion[during]
        drive[first] += 1
        valence[first] = clips[0].valence
        parts.append((concept_response(seed, concept), drive))
    parts.append((VALENCE, valence))
    spatial = np.stack([topography(response, maps) for response, _ in parts], axis=1)  # (62, K)
    courses = np.stack([_course(*part, parameters.delay_s, layout.sfreq) for part in parts])
    return mix(size_uv * parameters.gain * spatial, courses).astype(np.float32)


def _lateral(
    design: Design, layout: BlockLayout, n: int, share: float
) -> list[tuple[Response, NDArray[np.float64]]]:
    """Responses to the halves of the picture, and their drives, (N,); none for a share of 0."""
    if not share:
        return []
    if design.halves is None:
        raise UserError(
            "phantom.lateral",
            expected="videos that were rendered with it above 0",
            found="videos rendered with 0, whose halves are not measured",
            next_step=make_again("phantom_videos"),
        )
    luminance, motion = design.halves / np.array([_LUMINANCE_SD, _MOTION_SD])[:, None, None]
    motion = np.where(design.cut > 0, 0, motion)
    return [
        (response, share * _on_screen(half, layout, n))
        for left, halves in ((LATERAL_LUMINANCE, luminance), (LATERAL_MOTION, motion))
        for response, half in zip((left, mirrored(left)), halves, strict=True)
    ]


def mirrored(response: Response) -> Response:
    """Return the response with its sources in the other hemisphere: P8 becomes P7."""
    pairs = {"O2": "O1", "P8": "P7", "PO8": "PO7"}
    return Response({pairs[name]: w for name, w in response.sources.items()}, response.peaks)


def _new_pictures(design: Design, layout: BlockLayout, n: int) -> NDArray[np.float64]:
    """Impulses at new pictures, (N,): 1 for a clip, less for a cut or a hint."""
    impulses = np.zeros(n)
    clips = {index_at(clip.onset_s, layout.fps) for clip in design.clips}
    for frame in set(np.flatnonzero(design.cut).tolist()) - clips:
        impulses[index_at(frame / layout.fps, layout.sfreq)] = _CUT
    impulses[[index_at(clip.onset_s, layout.sfreq) for clip in design.clips]] = 1
    return impulses


def _on_screen(values: NDArray[Any], layout: BlockLayout, n: int) -> NDArray[np.float64]:
    """Drive of a response: value of the frame on screen at each sample, (N,)."""
    frame = (np.arange(n) * layout.fps / layout.sfreq + 1e-6).astype(int)
    return values[np.minimum(frame, len(values) - 1)] / (_LASTING_S * layout.sfreq)


def _course(
    response: Response, drive: NDArray[np.float64], delay_s: float, sfreq: float
) -> NDArray[np.float64]:
    """Time course of a response, (N,)."""
    times_s = np.arange(round(_KERNEL_S * sfreq)) / sfreq
    kernel = np.zeros_like(times_s)
    for peak in response.peaks:
        distance = (times_s - peak.latency_s - delay_s) / peak.width_s
        kernel += peak.size * np.exp(-0.5 * distance**2)
    return oaconvolve(drive, kernel)[: len(drive)]
