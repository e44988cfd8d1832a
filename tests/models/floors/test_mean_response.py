"""The mean response is the mean of a person's windows."""

from dataclasses import replace

import torch

from tests.models.baselines.toy import planted
from tests.models.floors.test_floor import fitted
from videeg_pipe.config.sample import SampleOptions


def test_mean_response_is_the_mean_of_the_persons_windows():
    floor, (x, condition) = fitted("mean-response"), planted(24)
    drawn = floor.sample(condition, range(24), SampleOptions())
    for s in (0, 1):
        own = condition.subject == s
        expected = x[own].mean(0).expand(int(own.sum()), -1, -1)
        torch.testing.assert_close(drawn[own], expected)
    unknown = replace(condition, subject=torch.full_like(condition.subject, 2))
    torch.testing.assert_close(floor.sample(unknown, range(24), SampleOptions())[0], x.mean(0))
