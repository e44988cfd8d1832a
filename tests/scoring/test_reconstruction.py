"""Reconstruction: known answers, and generators without it."""

from types import SimpleNamespace

import numpy as np
import torch

from tests.scoring.fakes import conditions_of, evoked_and_noise, inputs_of
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.scoring import reconstruction
from videeg_pipe.scoring.scoring_data import read_split

CONFIG = EvaluationOptions(bootstrap=50, max_windows=24)
EVOKED = evoked_and_noise(0.0)


class Mixture:
    """Returns a mixture of window and noise, plus a response evoked by the video."""

    def __init__(self, evoked: float):
        self.evoked, self.calls = evoked, []

    def reconstruct(self, x, condition, seeds, settings, *, strength, denoise=True):
        self.calls.append((strength, denoise, len(x)))
        noise = torch.stack(
            [torch.randn(x[0].shape, generator=torch.Generator().manual_seed(s)) for s in seeds]
        )
        angle = torch.tensor(np.pi / 2 * strength)
        out = angle.cos() * x + angle.sin() * x.std((1, 2), keepdim=True) * noise
        return out + denoise * self.evoked * EVOKED(condition, seeds)


def scored(built, generator, **settings):
    inputs = inputs_of(built)
    loaded = SimpleNamespace(
        generator=generator,
        device=torch.device("cpu"),
        conditions=lambda windows, inputs: conditions_of(inputs, windows),
    )
    data, options = read_split(inputs, "test"), SampleOptions(**settings)
    return to_json(
        reconstruction.score_reconstruction(loaded, data, inputs, options, CONFIG, seed=3)
    )


def values(section, name):
    return np.array([point[name]["value"] for point in section["curve"]])


def test_the_input_alone_explains_r_unless_the_video_contributes(built):
    """Without the video, r equals that of the noised input; with it, another video lowers r."""
    blind, seeing = (scored(built, Mixture(evoked)) for evoked in (0.0, 4.0))
    strengths = [point["strength"] for point in blind["curve"]]
    assert strengths == list(reconstruction.STRENGTHS)
    np.testing.assert_allclose(
        values(blind, "r"), np.cos(np.pi / 2 * np.array(strengths)), atol=0.02
    )
    np.testing.assert_allclose(values(blind, "r"), values(blind, "no_network_r"))
    np.testing.assert_allclose(values(blind, "r"), values(blind, "shuffled_video_r"))
    assert (np.diff(values(blind, "mse")) > 0).all()
    assert values(seeing, "r")[-1] > 0.05 > abs(values(seeing, "no_network_r")[-1])
    assert (values(seeing, "r") > values(seeing, "shuffled_video_r")).all()


def test_windows_are_limited_and_batched(built):
    generator = Mixture(0.0)
    section = scored(built, generator, batch_size=10)
    assert section["n_windows"] == 24 and section["protocol"] == "reconstruction"
    assert {n for _, _, n in generator.calls} == {10, 4}
    assert sum(n for _, _, n in generator.calls) == 24 * 3 * len(reconstruction.STRENGTHS)
    known = {name for point in section["curve"] for name in point} | {"protocol"}
    assert known <= set(section["definitions"])


def test_scores_depend_on_the_seed_only(built):
    first, again = (scored(built, Mixture(1.0), batch_size=n) for n in (24, 5))
    for name in ("r", "mse", "no_network_r", "shuffled_video_r"):
        np.testing.assert_allclose(values(first, name), values(again, name), rtol=1e-6)


def test_a_generator_without_reconstruction_is_null_with_a_reason(built):
    cannot = SimpleNamespace()
    cannot.reconstruct = lambda *args, **named: EegGenerator.reconstruct(cannot, *args, **named)
    section = scored(built, cannot)
    assert section["value"] is None and "generation alone" in section["reason"]
    assert section["protocol"] == "reconstruction"
