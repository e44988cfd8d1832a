"""Ridge: the variation within a concept, too."""

import numpy as np


def test_brightness_within_a_run_is_decoded(planted, fitted):
    test = planted[1]
    decoded = fitted("ridge").predict(test.eeg, test.subject).latents
    true = test.latents[test.clip]
    for run in np.unique(test.run_id):
        own = test.run_id == run
        parts = [x[own] - x[own].mean(0) for x in (decoded, true)]
        assert np.corrcoef(parts[0].ravel(), parts[1].ravel())[0, 1] > 0.8
