"""Ridge recovers planted responses, as scikit-learn does."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold
from torch import Tensor

from tests.models.baselines.toy import planted
from tests.models.floors.test_floor import fitted
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.floors.ridge import PENALTIES, ridge


def test_ridge_recovers_a_planted_response_on_windows_it_never_saw():
    (x, condition, _), (unseen, told, clean) = responses(200, seed=0), responses(20, seed=1)
    floor, flat = fitted("ridge"), fitted("mean-response")
    for made in (floor, flat):
        made.fit(x, condition.subject, condition.clip, condition.track)
    drawn, mean = (made.sample(told, range(20), SampleOptions()) for made in (floor, flat))
    assert (drawn - clean).square().mean() < 0.1 * clean.square().mean()
    assert (drawn - unseen).square().mean() < 0.5 * (mean - unseen).square().mean()
    someone_else = replace(told, subject=1 - told.subject)
    wrong = floor.sample(someone_else, range(20), SampleOptions())
    assert (wrong - clean).square().mean() > 0.5 * clean.square().mean()


def responses(n: int, *, seed: int) -> tuple[Tensor, Condition, Tensor]:
    """Noisy windows of two people, their conditions, and the noise-free responses.

    It comes 100 ms late, is 100 ms wide and lies differently over each one's electrodes.
    """
    _, condition = planted(n, seed=seed)
    held = ((torch.arange(-100, 64) / 200 + 1) * 24).long()  # frame on screen at each sample
    lags_s = torch.arange(101) / 200
    kernel = torch.exp(-(((lags_s - 0.1) / 0.05) ** 2))
    answer = condition.track[..., held].unfold(-1, 101, 1) @ kernel.flip(0)  # (n, 4, 64)
    topographies = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(9))
    clean = topographies[condition.subject] @ answer
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    return clean + 0.5 * clean.std() * noise, condition, clean


def test_ridge_without_an_informative_stimulus_is_the_mean_response():
    x, condition = planted(24)
    floor, mean = fitted("ridge"), fitted("mean-response")
    said = {"clip": condition.clip, "track": torch.full_like(condition.track, 0.3)}
    floor.fit(x, condition.subject, **said)
    told = replace(condition, **said)
    one, other = (g.sample(told, range(24), SampleOptions()) for g in (floor, mean))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_frames_that_all_look_alike_are_no_error():
    x, condition = planted(200)
    noise = 1e-9 * torch.randn(condition.clip.shape, generator=torch.Generator().manual_seed(0))
    floor = fitted("ridge")
    floor.fit(x, condition.subject, torch.full_like(condition.clip, 0.03) + noise, condition.track)
    assert torch.isfinite(floor.sample(condition, range(200), SampleOptions())).all()


@pytest.mark.parametrize("noise", [0.3, 30.0])
def test_ridge_and_its_penalty_are_those_of_scikit_learn(noise):
    rng = np.random.default_rng(0)
    F = rng.standard_normal((60, 8)) * np.logspace(-1, 1, 8)
    F /= np.sqrt((F**2).mean(0))
    Y = F @ rng.standard_normal((8, 3)) + noise * rng.standard_normal((60, 3))
    Z = np.concatenate([F, Y], 1).reshape(5, 12, 11)
    found = ridge(torch.from_numpy(np.swapaxes(Z, 1, 2) @ Z), 8)
    search = GridSearchCV(
        Ridge(fit_intercept=False),
        {"alpha": len(F) * PENALTIES.numpy()},
        cv=KFold(5),
        scoring="neg_mean_squared_error",
    ).fit(F, Y)
    np.testing.assert_allclose(found, search.best_estimator_.coef_.T, rtol=1e-4, atol=1e-5)
