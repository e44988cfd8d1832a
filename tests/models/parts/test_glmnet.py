"""The encoder of the EEG prior: visual channels, window lengths and branches."""

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.models.parts.glmnet import GLMNet, ShallowNet, visual_channels
from videeg_pipe.runtime.errors import UserError


def test_visual_channels_are_seed_dvs_last_twelve():
    found = visual_channels(SEED_DV_CHANNELS, electrode_positions())
    assert found == list(range(50, 62))


def test_visual_channels_without_names_are_the_rearmost():
    names = tuple(f"E{i}" for i in range(62))
    found = visual_channels(names, electrode_positions())
    rear = electrode_positions()[:, 1]
    assert rear[found].max() <= np.delete(rear, found).min()


@pytest.mark.parametrize("n_samples", [75, 76, 200, 400, 401])
def test_glmnet_takes_any_length(n_samples):
    net = GLMNet(len(CHANNELS), n_samples, [1, 2], 512)
    assert net(torch.randn(2, len(CHANNELS), n_samples)).shape == (2, 512)


def test_glmnet_refuses_windows_too_short_for_the_pooling():
    with pytest.raises(UserError, match="at least 75 samples"):
        GLMNet(len(CHANNELS), 74, [1, 2], 512)


def test_glmnet_local_branch_sees_visual_channels_alone():
    net = GLMNet(4, 200, [2, 3], 8).eval()
    eeg = torch.randn(1, 4, 200)
    changed = eeg.clone()
    changed[:, 0] += 1
    local = [net.local_branch(x[:, net.visual]) for x in (eeg, changed)]
    assert torch.equal(*local)
    assert not torch.allclose(net(eeg), net(changed))


def test_shallow_net_convolves_in_time_and_space():
    net = ShallowNet(5, 100, 8)
    eeg = torch.randn(3, 5, 100)
    expected = net.spatial(net.temporal(eeg[:, None]))[:, :, 0]
    torch.testing.assert_close(net.convolve(eeg), expected, rtol=1e-4, atol=1e-5)
