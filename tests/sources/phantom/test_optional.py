"""What can be added to the phantom, and that nothing changes without it."""

import numpy as np
import pytest

from tests.sources.phantom.conftest import SEED, simulate, small_phantom
from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.embed.clip_model import EmbedOptions, prepare_clip
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array
from videeg_pipe.sources.concepts import CONCEPTS
from videeg_pipe.sources.phantom.evoked import LATERAL_MOTION, mirrored, simulate_evoked
from videeg_pipe.sources.phantom.layout import index_at
from videeg_pipe.sources.phantom.subject import subject_parameters
from videeg_pipe.sources.phantom.videos import Design, clip_looks, render_videos
from videeg_pipe.stimuli.clip import ClipEncoder

SHORT = BlockLayout(n_blocks=1, concepts_per_block=4, clips_per_concept=2, hint_s=1.0, clip_s=1.5)
LEFT, RIGHT = (
    [SEED_DV_CHANNELS.index(name) for name in names] for names in (("P7", "PO7"), ("P8", "PO8"))
)


@pytest.fixture(scope="module")
def detailed(tmp_path_factory):
    path = tmp_path_factory.mktemp("detailed") / "videos.json"
    render_videos(
        small_phantom(layout=SHORT, captions="clip", lateral=0.5), seed=SEED, manifest=path
    )
    return path


def captions(manifest, block=1):
    (path,) = (manifest.parent / "Video" / "BLIP-caption").glob(f"{block}*.txt")
    return path.read_text(encoding="utf-8").splitlines()


def test_off_is_the_phantom_without_the_additions(tmp_path):
    """Values of the version before the additions, where rounding does not depend on the machine."""
    manifest = tmp_path / "videos.json"
    render_videos(small_phantom(layout=SHORT), seed=SEED, manifest=manifest)
    with np.load(manifest.parent / "design" / "block1.npz") as stored:
        assert sorted(stored) == ["contrast", "cut", "luminance", "motion"]
        assert sha256_array(stored["luminance"])[:16] == "1745deb81f29767e"
        assert sha256_array(stored["motion"])[:16] == "e4157b428424d24d"
    assert captions(manifest)[0] == (
        "three red diamonds turning in front of drifting clouds, standing for fish"
    )
    eeg = simulate(small_phantom(layout=SHORT), tmp_path, "sub2", manifest)
    truth = np.load(tmp_path / "truth" / "sub2.npy")
    assert truth[0, ::20, 500].tolist() == pytest.approx(
        [-0.9733, 4.5561, 0.8859, -1.6426], abs=1e-3
    )
    assert np.load(eeg)[0, ::20, 500].tolist() == pytest.approx(
        [-0.7173, 21.3920, 9.7846, 5.7513], abs=1e-3
    )


def test_measured_halves_change_nothing_else(detailed, tmp_path):
    plain = tmp_path / "videos.json"
    render_videos(small_phantom(layout=SHORT), seed=SEED, manifest=plain)
    with_halves, without = Design.read(detailed, 1), Design.read(plain, 1)
    assert without.halves is None
    for name in ("luminance", "contrast", "motion", "cut"):
        assert np.array_equal(getattr(with_halves, name), getattr(without, name))
    video = "Video/1st_10min.mp4"
    assert (detailed.parent / video).read_bytes() == (plain.parent / video).read_bytes()
    person = subject_parameters(SEED, "sub2")
    truths = [
        simulate_evoked(design, person, SHORT, seed=SEED, size_uv=11.0)
        for design in (with_halves, without)
    ]
    assert truths[0].tobytes() == truths[1].tobytes()


def test_halves_make_up_the_whole(detailed):
    design = Design.read(detailed, 1)
    np.testing.assert_allclose(design.halves[0].mean(axis=0), design.luminance, atol=1e-6)
    np.testing.assert_allclose(design.halves[1].mean(axis=0), design.motion, atol=1e-6)
    assert np.abs(design.halves[0, 0] - design.halves[0, 1]).max() > 0.02


def test_each_half_of_the_picture_drives_the_opposite_hemisphere(detailed):
    """Motion in one half, with nothing else changed, is seen at the other side of the head."""
    design, person = Design.read(detailed, 1), subject_parameters(SEED, "sub2")
    size = {}
    for side in (0, 1):
        halves = design.halves.copy()
        halves[1, side] += 0.05
        more = Design(
            design.clips, *(design.luminance, design.contrast, design.motion, design.cut), halves
        )
        change = [
            simulate_evoked(one, person, SHORT, seed=SEED, size_uv=11.0, lateral=0.5)
            for one in (more, design)
        ]
        size[side] = np.abs(change[0] - change[1]).mean(axis=1)
    assert size[0][RIGHT].mean() > 2 * size[0][LEFT].mean()
    assert size[1][LEFT].mean() > 2 * size[1][RIGHT].mean()


def test_a_share_needs_measured_halves(tmp_path):
    manifest = tmp_path / "videos.json"
    render_videos(small_phantom(layout=SHORT), seed=SEED, manifest=manifest)
    with pytest.raises(UserError, match=r"phantom\.lateral"):
        simulate(small_phantom(layout=SHORT, lateral=0.5), tmp_path, "sub1", manifest)
    assert not (tmp_path / "EEG" / "sub1.npy").exists()


def test_mirrored_sources_lie_in_the_other_hemisphere():
    assert mirrored(LATERAL_MOTION).sources == {"P7": 1.0, "PO7": 0.9}


def test_captions_say_what_a_clip_truly_shows(detailed):
    design = Design.read(detailed, 1)
    for caption, clip in zip(captions(detailed), design.clips, strict=True):
        shown = slice(index_at(clip.onset_s, 24), index_at(clip.onset_s + SHORT.clip_s, 24))
        assert ("a bright" in caption) == (design.luminance[shown].mean() > 0.34)
        assert ("with a cut" in caption) == bool(design.cut[shown][1:].any())
        assert caption.endswith(f"standing for {CONCEPTS[clip.concept_id]}")


def test_captions_vary_within_a_concept(manifest, config):
    looks: dict[int, set[str]] = {}
    for block in range(1, 6):
        design = Design.read(manifest, block)
        for clip, look in zip(design.clips, clip_looks(design, config.layout), strict=True):
            looks.setdefault(clip.concept_id, set()).add(look)
    assert min(map(len, looks.values())) >= 3


def test_captions_fit_into_the_tokens_of_a_clip_that_has_their_words(detailed, untrained, tmp_path):
    prepare_clip(EmbedOptions(captions=True), seed=42, manifest=tmp_path / "model.json")
    with_words, without = ClipEncoder(tmp_path / "model.json"), ClipEncoder(untrained)
    for caption in captions(detailed):
        assert with_words.n_tokens(caption) <= 32 < without.n_tokens(caption)
    every = "hot-air balloon, " + ", ".join(CONCEPTS.values())
    assert with_words.n_tokens(every) <= 2 + 2 * (len(CONCEPTS) + 4)
