"""Mean clip: the training mean of distinct clips."""

import numpy as np


def test_every_answer_is_the_mean_of_the_training_clips(planted, fitted):
    train, test = planted
    decoded = fitted("mean-clip").predict(test.eeg, test.subject)
    seen = np.unique(train.clip)
    np.testing.assert_allclose(decoded.text[3], train.text[seen].mean(0), rtol=1e-5)
    np.testing.assert_allclose(decoded.latents[3], train.latents[seen].mean(0), rtol=1e-5)
    assert np.ptp(decoded.latents, axis=0).max() == 0
