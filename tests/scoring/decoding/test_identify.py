import numpy as np
import pytest

from videeg_pipe.scoring.decoding.identify import identify

RNG = np.random.default_rng(0)
TRUE = RNG.standard_normal((40, 3, 5)) + 4
RUN = np.repeat(np.arange(8), 5)
GROUPS = [np.arange(20), np.arange(20, 40)]


def means(made):
    return [of.mean() for of in identify(made, TRUE, GROUPS, RUN)]


def test_true_clips_are_identified_whatever_their_contrast_and_offset():
    assert means(TRUE) == [1, 1]
    assert means(0.1 * TRUE + np.arange(5)) == [1, 1]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_constant_answer_is_at_chance_exactly(value):
    assert means(np.full_like(TRUE, value) + np.arange(5)) == pytest.approx([0.5, 0.5])
    centre = np.concatenate([np.broadcast_to(TRUE[of].mean(0), (20, 3, 5)) for of in GROUPS])
    assert means(centre) == [0.5, 0.5]


def test_noise_is_at_chance():
    assert means(RNG.standard_normal(TRUE.shape)) == pytest.approx([0.5, 0.5], abs=0.15)


def test_an_answer_per_run_is_found_among_all_clips_but_not_within_its_run():
    true = TRUE + 3 * RNG.standard_normal((8, 3, 5))[RUN]
    made = true.reshape(8, 5, 3, 5).mean(1)[RUN]
    among_all, within = identify(made, true, GROUPS, RUN)
    assert among_all.mean() > 0.8 and within.mean() == pytest.approx(0.5)


def test_rivals_are_of_the_same_group_and_run():
    made = TRUE.copy()
    made[:20] = TRUE[20:]  # another group's clips
    among_all, _ = identify(made, TRUE, GROUPS, RUN)
    assert among_all[20:].mean() == 1 and abs(among_all[:20].mean() - 0.5) < 0.2
    single = identify(TRUE, TRUE, GROUPS, np.arange(40))[1]
    assert np.isnan(single).all()
