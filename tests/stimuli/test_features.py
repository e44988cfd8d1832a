"""Features of the phantom's videos agree with what was drawn."""

import numpy as np
import pytest

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.phantom.videos import render_videos
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import frames, pictures_at


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    """Two blocks of three concepts: for each the file, the design, and the clips."""
    manifest = tmp_path_factory.mktemp("phantom") / "videos.json"
    layout = BlockLayout(n_blocks=2, concepts_per_block=3, clips_per_concept=3)
    render_videos(PhantomOptions(layout=layout), seed=42, manifest=manifest)
    videos = read_json(manifest)["videos"]
    return [
        (manifest.parent / v["file"], np.load(manifest.parent / v["design"]), v["clips"])
        for v in videos
    ]


def test_the_track_equals_the_drawn_one(phantom):
    path, design, clips = phantom[0]
    track = StimulusTrack()
    for _ in track.watch(frames(path)):
        pass
    measured, times_s = track.arrays()
    measured = dict(zip(TRACK_CHANNELS, measured, strict=True))
    for name in ("luminance", "contrast", "motion"):
        assert np.corrcoef(measured[name], design[name])[0, 1] > 0.99
    drawn = np.flatnonzero(design["cut"])
    found = np.flatnonzero(measured["cut"])
    assert set(found) == set(drawn) - {0}
    onsets = {round(clip["onset_s"] * 24) for clip in clips}
    assert onsets <= set(found)
    assert times_s[-1] == pytest.approx((len(times_s) - 1) / 24, abs=1e-3)


def test_the_untrained_clip_separates_concepts(phantom, untrained):
    clip = ClipEncoder(untrained)
    embeddings, concepts = [], []
    for path, _, clips in phantom:
        times_s = np.concatenate([c["onset_s"] + np.arange(4) / 2 for c in clips])
        pictures = (picture for _, picture in pictures_at(frames(path), times_s, 256))
        vectors = clip.images(pictures, 32).reshape(len(clips), 4, 768)
        vectors = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
        embeddings.append(vectors.mean(axis=1))
        concepts.append([c["concept_id"] for c in clips])
    centres = {
        concept: embeddings[0][np.array(concepts[0]) == concept].mean(axis=0)
        for concept in set(concepts[0])
    }
    guessed = [max(centres, key=lambda name: centres[name] @ vector) for vector in embeddings[1]]
    known = [concept in centres for concept in concepts[1]]
    hits = [a == b for a, b, k in zip(guessed, concepts[1], known, strict=True) if k]
    assert len(hits) >= 6
    assert np.mean(hits) > 0.6  # chance is a third
