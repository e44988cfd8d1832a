"""Control by a keyframe: silent until trained, then of the first frame; the UNet stays."""

import torch
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from tests.models.pictures.networks import clip_network, clips, randomised, unet
from videeg_pipe.models.pictures.control import Control, make_control
from videeg_pipe.models.pictures.folders import open_model, save_model
from videeg_pipe.models.pictures.motion import ClipNetwork, make_motion

T = torch.tensor(300)


def test_the_unet_can_be_saved_and_loaded_after_its_control_was_made(tmp_path):
    """from_unet writes the names of motion blocks into the config that it is given."""
    base = unet()
    control = randomised(make_control(base))
    assert base.config.down_block_types == ["CrossAttnDownBlock2D", "DownBlock2D"]
    for name, model in (("unet", base), ("control", control)):
        save_model(model, tmp_path / name)
    again = open_model(tmp_path / "unet", UNet2DConditionModel)
    assert all(w.equal(again.state_dict()[name]) for name, w in base.state_dict().items())
    assert make_control(again).config.conditioning_channels == 4
    loaded = open_model(tmp_path / "control", SparseControlNetModel)
    assert all(w.equal(loaded.state_dict()[name]) for name, w in control.state_dict().items())


def test_untrained_control_changes_nothing_and_can_learn():
    base, given = unet().requires_grad_(False), clips(2)
    control = make_control(base)
    network = ClipNetwork(base, make_motion(base), Control(control))
    made = network(given["x"], T, given["text"], given["keyframe"])
    without = network(given["x"], T, given["text"])
    torch.testing.assert_close(made, without)
    made.square().mean().backward()
    assert control.controlnet_down_blocks[0].weight.grad.abs().max() > 0
    assert control.controlnet_cond_embedding.weight.any()


def test_the_keyframe_acts_on_the_first_frame_most():
    network, given = clip_network(control=True), clips(1)
    with torch.no_grad():
        change = network(t=T, **given) - network(t=T, **given | {"keyframe": -given["keyframe"]})
    size = change.abs().mean(dim=(0, 2, 3, 4))
    assert size[0] > 2 * size[1:].max() and size[1:].min() > 0
