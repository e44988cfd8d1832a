"""The curve of reconstruction: known answers, and generators that cannot."""

from types import SimpleNamespace

import numpy as np
import torch

from tests.scoring.fakes import conditions_of, evoked_and_noise, inputs_of
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.scoring import reconstruction
from videeg_pipe.scoring.scoring_data import read_split

CONFIG = EvaluationOptions(bootstrap=50, max_windows=24)
EVOKED = evoked_and_noise(0.0)


class Mixture:
    """Gives back the window and noise in given shares, and what the video evokes beside them."""

    def __init__(self, evoked: float):
        self.evoked, self.asked = evoked, []

    def reconstruct(self, x, condition, seeds, settings, *, strength, denoise=True):
        self.asked.append((strength, denoise, len(x)))
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
    material = read_split(inputs, "test")
    return reconstruction.score(loaded, material, inputs, SampleOptions(**settings), CONFIG, 3)


def values(section, name):
    return np.array([point[name]["value"] for point in section["curve"]])


def test_a_leak_alone_is_told_from_knowledge(built):
    """Without knowledge r is that of the noised input; with it another video makes it lower."""
    plain, knowing = (scored(built, Mixture(evoked)) for evoked in (0.0, 4.0))
    strengths = [point["strength"] for point in plain["curve"]]
    assert strengths == list(reconstruction.STRENGTHS)
    np.testing.assert_allclose(
        values(plain, "r"), np.cos(np.pi / 2 * np.array(strengths)), atol=0.02
    )
    np.testing.assert_allclose(values(plain, "r"), values(plain, "no_network_r"))
    np.testing.assert_allclose(values(plain, "r"), values(plain, "shuffled_video_r"))
    assert (np.diff(values(plain, "mse")) > 0).all()
    assert values(knowing, "r")[-1] > 0.05 > abs(values(knowing, "no_network_r")[-1])
    assert (values(knowing, "r") > values(knowing, "shuffled_video_r")).all()


def test_it_is_bounded_and_in_batches(built):
    generator = Mixture(0.0)
    section = scored(built, generator, batch_size=10)
    assert section["n_windows"] == 24 and section["protocol"] == "reconstruction"
    assert {n for _, _, n in generator.asked} == {10, 4}
    assert sum(n for _, _, n in generator.asked) == 24 * 3 * len(reconstruction.STRENGTHS)
    known = {name for point in section["curve"] for name in point} | {"protocol"}
    assert known <= set(section["definitions"])


def test_scores_depend_on_seed_alone(built):
    first, again = (scored(built, Mixture(1.0), batch_size=n) for n in (24, 5))
    for name in ("r", "mse", "no_network_r", "shuffled_video_r"):
        np.testing.assert_allclose(values(first, name), values(again, name), rtol=1e-6)


def test_a_generator_that_cannot_is_null_with_the_reason(built):
    cannot = SimpleNamespace()
    cannot.reconstruct = lambda *args, **named: EegGenerator.reconstruct(cannot, *args, **named)
    section = scored(built, cannot)
    assert section["value"] is None and "generation alone" in section["reason"]
    assert section["protocol"] == "reconstruction"
