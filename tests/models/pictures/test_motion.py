"""Clips from pictures: untrained motion is silent, rows are independent, the adapter is trained."""

import pytest
import torch

from tests.models.pictures.networks import clip_network, clips, unet
from videeg_pipe.models.pictures.motion import ClipNetwork, make_motion
from videeg_pipe.models.pictures.unet import PictureNetwork

T = torch.tensor(300)


def test_untrained_motion_leaves_each_frame_to_the_unet():
    base, given = unet(), clips(2)
    network = ClipNetwork(base, make_motion(base)).eval()
    with torch.no_grad():
        made = network(given["x"], T, given["text"])
        frame = PictureNetwork(base)(given["x"][:, 1], T, given["text"])
    assert made.shape == given["x"].shape
    torch.testing.assert_close(made[:, 1], frame, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("control", [False, True])
def test_a_clip_does_not_depend_on_the_others_of_its_batch(control):
    """Text is repeated per frame, in the order of the clips; each clip has its own keyframe."""
    network, given = clip_network(control=control), clips(3)
    if not control:
        del given["keyframe"]
    with torch.no_grad():
        together = network(t=T, **given)
        alone = network(t=T, **{name: values[1:2] for name, values in given.items()})
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-4)


def test_frames_see_each_other_through_the_motion_layers():
    network, given = clip_network(), clips(1)
    other = given["x"].clone()
    other[:, 2] += 1
    with torch.no_grad():
        change = network(other, T, given["text"]) - network(given["x"], T, given["text"])
    assert change[:, 0].abs().max() > 1e-4


def test_training_the_clip_network_trains_the_adapter_that_it_was_made_of():
    base = unet().requires_grad_(False)
    motion = make_motion(base)
    network, given = ClipNetwork(base, motion), clips(2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD(motion.parameters(), lr=0.1)
    network(given["x"], T, given["text"]).square().mean().backward()
    optimizer.step()
    changed = {
        name for name, value in network.state_dict().items() if not value.equal(before[name])
    }
    assert changed and all("motion_modules" in name for name in changed)
    again = ClipNetwork(base, motion).state_dict()
    assert all(value.equal(again[name]) for name, value in network.state_dict().items())
