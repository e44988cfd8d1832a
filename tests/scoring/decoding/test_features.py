import numpy as np

from videeg_pipe.scoring.decoding.features import picture_features, thumbnails

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 2, 24, 36, 3), np.uint8)


def test_thumbnails_are_means_over_cells():
    small = thumbnails(FRAMES, (4, 6))
    assert small.shape == (3, 2, 4, 6, 3)
    np.testing.assert_allclose(
        small[1, 0, 2, 3], FRAMES[1, 0, 12:18, 18:24].mean((0, 1)), rtol=1e-5
    )
    np.testing.assert_allclose(thumbnails(FRAMES, (24, 99)), FRAMES)  # no finer than the frames
    uneven = thumbnails(np.full((1, 1, 13, 17, 3), 9, np.uint8), (5, 4))
    np.testing.assert_allclose(uneven, 9)


def test_features_of_a_clip_do_not_depend_on_its_batch():
    many = np.concatenate([FRAMES] * 12)
    np.testing.assert_allclose(picture_features(many)[-1], picture_features(FRAMES)[-1], rtol=1e-5)
    assert np.isfinite(picture_features(np.zeros((2, 1, 8, 8, 3), np.uint8))).all()
