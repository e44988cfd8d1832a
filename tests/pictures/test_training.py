"""One training: the loss falls, batches cover all items, errors are one line."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from videeg_pipe.config.pictures import PictureTraining
from videeg_pipe.pictures.data import Clips, Frames, Pictures
from videeg_pipe.pictures.training import _batches, fit, validate
from videeg_pipe.runtime.errors import UserError


class Line(nn.Module):
    """Squared error of a line through points, with a frozen weight beside it."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.zeros(()))
        self.frozen = nn.Parameter(torch.ones(()))

    def forward(self, x, y, rng):
        return (self.slope * x * self.frozen - y).square().mean()


@dataclass
class Points:
    x: torch.Tensor

    def __len__(self):
        return len(self.x)

    def __getitem__(self, items):
        return {"x": self.x[items], "y": 3 * self.x[items]}


POINTS = Points(torch.linspace(-1, 1, 50))
OPTIONS = PictureTraining(steps=200, batch_size=10, learning_rate=0.1)


def test_the_loss_falls_and_frozen_weights_stay():
    line = Line()
    facts = fit(line, [line.slope], POINTS, OPTIONS, seed=0, name="line")
    assert line.slope.item() == pytest.approx(3, abs=0.05) and line.frozen.item() == 1
    losses = [row["loss"] for row in facts["history"]]
    assert len(losses) == 20 and losses[-1] < 0.01 * losses[0]
    assert facts["weights"] == 1 and facts["items"] == 50
    assert validate(line, POINTS, 7) == pytest.approx(losses[-1], abs=1e-2)
    assert not any(weight.requires_grad for weight in line.parameters())


def test_validation_needs_items():
    assert validate(Line(), Points(torch.zeros(0)), 4) is None


def test_errors_are_one_line():
    line = Line()
    with pytest.raises(UserError, match="clips of the training split"):
        fit(line, [line.slope], Points(torch.zeros(0)), OPTIONS, seed=0, name="line")
    broken = Points(torch.full((20,), np.nan))
    with pytest.raises(UserError, match=r"pictures\.line_training\.learning_rate"):
        fit(line, [line.slope], broken, OPTIONS, seed=0, name="line")


@pytest.mark.parametrize("steps", [1, 2, 20])  # of 20, the warm-up takes one
def test_short_trainings_run(steps):
    line, options = Line(), OPTIONS.model_copy(update={"steps": steps})
    made = fit(line, [line.slope], Points(torch.arange(20.0)), options, seed=0, name="line")
    assert made["history"][-1]["step"] == steps


def test_every_item_comes_up_before_any_repeats():
    options = PictureTraining(steps=7, batch_size=4)
    drawn = np.concatenate(list(_batches(10, options, 3)))
    assert len(drawn) == 28
    assert sorted(drawn[:10]) == sorted(drawn[10:20]) == list(range(10))


def test_items_are_those_of_the_split():
    frames = np.arange(4 * 2 * 3).reshape(4, 2, 1, 1, 3).astype(np.uint8)
    latents = np.arange(4 * 2, dtype=np.float32).reshape(4, 2, 1, 1, 1)
    texts = np.arange(4, dtype=np.float32).reshape(4, 1, 1)
    rows, every = np.array([1, 3]), np.arange(4)
    assert len(Frames(frames, rows)) == 4
    shown = Frames(frames, rows)[every]["frames"]
    assert shown[:, 0, 0, 0].tolist() == [6, 9, 18, 21]
    pictures = Pictures(latents, texts, rows)
    assert len(pictures) == 4
    assert pictures[every]["latents"].flatten().tolist() == [2, 3, 6, 7]
    assert pictures[every]["text"].flatten().tolist() == [1, 1, 3, 3]
    clips = Clips(latents, texts, rows, keyframes=True)
    assert len(clips) == 2
    both = clips[np.array([1, 0])]
    assert both["keyframe"].flatten().tolist() == [6, 2]
    assert "keyframe" not in Clips(latents, texts, rows)[np.array([0])]
