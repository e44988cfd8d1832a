import numpy as np
import pytest
import torch

from tests.scoring.fakes import conditions_of, evoked_and_noise, inputs_of, write_release
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.draws import estimate_means, without_video
from videeg_pipe.scoring.scoring_data import read_scoring_data


@pytest.fixture(scope="module")
def conditions(built):
    inputs = inputs_of(built)
    data = read_scoring_data(write_release(built, evoked_and_noise()), inputs)
    return conditions_of(inputs, data.windows.iloc[choose_windows(data.windows, 48, seed=1)])


def test_batches_do_not_change_the_means(conditions):
    seeds = [[row, row + 500] for row in range(48)]
    small, large = (
        estimate_means(evoked_and_noise(), conditions, seeds, size) for size in (7, 1000)
    )
    np.testing.assert_allclose(small.mean, large.mean, atol=1e-6)
    assert small.n_drawn == large.n_drawn == 8 * len(seeds)


def test_without_video_keeps_person_and_sentence():
    condition = Condition(
        torch.ones(2, 4, 768), torch.ones(2, 77, 768), torch.ones(2, 4, 48), torch.arange(2)
    )
    blank = without_video(condition)
    assert not blank.clip.any() and not blank.track.any()
    assert blank.text.all() and blank.subject.tolist() == [0, 1]
