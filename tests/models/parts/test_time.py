"""The diffusion time is embedded as sinusoids and an MLP."""

import torch

from videeg_pipe.models.parts.time import TimeEmbedder


def test_the_mlp_sees_sines_and_cosines_of_the_time():
    embed = TimeEmbedder(8, n_sinusoids=4)
    embed.mlp = torch.nn.Identity()
    sines, cosines = embed(torch.tensor([0.0, 3.0])).chunk(2, dim=-1)
    assert sines[0].tolist() == [0] * 4 and cosines[0].tolist() == [1] * 4
    torch.testing.assert_close(sines[1, 0], torch.tensor(3.0).sin())
    torch.testing.assert_close(sines**2 + cosines**2, torch.ones(2, 4))


def test_frequencies_fall_from_1_to_a_ten_thousandth_and_are_no_state():
    embed = TimeEmbedder(8)
    assert embed.frequencies.diff().max() < 0
    torch.testing.assert_close(embed.frequencies[[0, -1]], torch.tensor([1.0, 1e-4]))
    assert "frequencies" not in embed.state_dict()


def test_each_step_has_its_own_embedding():
    torch.manual_seed(0)
    embed = TimeEmbedder(8)
    steps = torch.arange(0.0, 1000, 37)
    embedded = embed(steps)
    assert embedded.shape == (len(steps), 8)
    distance = torch.cdist(embedded, embedded) + torch.eye(len(steps))
    assert distance.min() > 1e-3
    torch.testing.assert_close(embed(steps[3:4]), embedded[3:4])
