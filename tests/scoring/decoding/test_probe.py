import numpy as np
import pytest

from videeg_pipe.scoring.decoding.probe import subject_probe

SUBJECT, RUN = np.repeat(np.arange(3), 30), np.tile(np.repeat(np.arange(6), 5), 3)


def test_people_are_named_where_features_differ_and_not_by_noise():
    noise = np.random.default_rng(0).standard_normal((90, 4, 3))
    marked = noise.copy()
    marked[np.arange(90), SUBJECT, 0] += 6
    assert subject_probe(marked, SUBJECT, RUN).mean() > 0.95
    assert subject_probe(noise, SUBJECT, RUN).mean() == pytest.approx(1 / 3, abs=0.15)


def test_a_drift_over_runs_does_not_name_people():
    """Each person's runs have features of their own, which other runs do not share."""
    own = np.random.default_rng(1).standard_normal((3, 6, 20))[SUBJECT, RUN]
    assert subject_probe(own, SUBJECT, RUN).mean() < 0.6
