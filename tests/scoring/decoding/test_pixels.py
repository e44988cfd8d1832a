import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tests.scoring.decoding.toy import LABELS, TRAINING, clips, lookup
from videeg_pipe.scoring.decoding.pixels import pixel_floors, psnr, ssim

FRAMES, CONCEPTS = clips(7)


def test_identical_frames_have_finite_values():
    few = FRAMES[:3]
    assert (ssim(few, few) == 1).all() and ssim(few, few).shape == few.shape[:2]
    np.testing.assert_allclose(psnr(few, few), 58.92, atol=0.01)
    plus = np.clip(few.astype(int) + 10, 0, 245).astype(np.uint8)
    a, b = few[0, 0].astype(float), plus[0, 0].astype(float)
    assert psnr(few, plus)[0, 0] == pytest.approx(10 * np.log10(255**2 / ((a - b) ** 2).mean()))


def test_ssim_rewards_blur():
    sharp = lookup(CONCEPTS)
    blurred = gaussian_filter(sharp.astype(float), (0, 0, 3, 3, 0)).astype(np.uint8)
    assert ssim(blurred, FRAMES).mean() > ssim(sharp, FRAMES).mean()


def test_floors_are_made_from_training_clips():
    decoded = np.array([LABELS[0], LABELS[-1], LABELS[0]])
    floors = pixel_floors(TRAINING, LABELS, decoded, seed=0)
    assert {name: of.shape for name, of in floors.items()} == dict.fromkeys(
        ("mean_frame", "concept_mean", "concept_clip"), (3, *TRAINING.shape[1:])
    )
    assert np.ptp(floors["mean_frame"], axis=(0, 1)).max() == 0
    own = TRAINING[np.equal(LABELS, LABELS[-1])]
    np.testing.assert_allclose(floors["concept_mean"][1], own.mean(0), atol=0.51)
    assert any((clip == floors["concept_clip"][1]).all() for clip in own)
