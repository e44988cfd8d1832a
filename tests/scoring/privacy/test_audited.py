import numpy as np

from videeg_pipe.scoring.privacy.audited import nearest


def test_nearest_is_the_euclidean_distance():
    assert nearest(np.zeros((1, 2)), np.array([[3.0, 4.0], [6.0, 8.0]])) == 5
