"""C-SA: centre, order and stages on a known geometry."""

import numpy as np
import pytest

from videeg_pipe.models.decoders import csa


def people_at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return 3 * np.stack([np.cos(angles), np.sin(angles)], 1)


def test_distances_are_cosine_distances():
    d = csa.distances(people_at(0, 60, 180))
    np.testing.assert_allclose(d, [[0, 0.5, 2], [0.5, 0, 1.5], [2, 1.5, 0]], atol=1e-12)


def test_the_centre_is_nearest_to_the_others_and_the_next_one_nearest_to_the_set():
    # 50 is farther from the centre (0) than -40, but nearer to the set once 30 is in
    d = csa.distances(people_at(-40, 50, 0, 30))
    assert csa.central(d) == 2
    assert csa.addition_order(d, 2) == [2, 3, 1, 0]
    assert csa.addition_order(d, 0) == [0, 2, 3, 1]


def test_stages_add_people_and_their_steps_sum_up():
    person = np.array([0, 0, 1, 2, 2, 1])
    found = csa.stages(person, [2, 0, 1], 100)
    assert [stage.steps for stage in found] == [33, 34, 33]
    assert [stage.rows.tolist() for stage in found] == [[3, 4], [0, 1, 3, 4], list(range(6))]
    assert sum(stage.steps for stage in csa.stages(person, [0, 1, 2], 2)) == 2
    assert len(csa.stages(person, [0], 5)) == 1


@pytest.mark.parametrize("kind", ["mean", "covariance"])
def test_features_find_people_who_are_alike(kind):
    rng = np.random.default_rng(0)
    mixing = [rng.standard_normal((5, 5)) for _ in range(2)]
    response = [rng.standard_normal((5, 40)) for _ in range(2)]

    def windows(group):
        noise = rng.standard_normal((60, 5, 40))
        return (mixing[group] @ (response[group] + noise)).astype(np.float32)

    features = np.stack([csa.person_feature(windows(group), kind) for group in (0, 1, 0, 1)])
    d = csa.distances(features)
    assert max(d[0, 2], d[1, 3]) < min(d[0, 1], d[0, 3], d[2, 1], d[2, 3])
