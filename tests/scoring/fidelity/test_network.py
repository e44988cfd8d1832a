import pytest
import torch
from torch.nn import functional

from tests.scoring.random_windows import windows
from videeg_pipe.scoring.fidelity.network import FourierConv


@pytest.mark.parametrize("n_samples", [30, 101])
def test_the_long_filter_agrees_with_torch(n_samples):
    long = FourierConv(4, 4, 51, padding=25, groups=4, bias=False)
    x = torch.from_numpy(windows(8, n=2, n_samples=n_samples)).float()
    theirs = functional.conv1d(x, long.weight, padding=25, groups=4)
    torch.testing.assert_close(long(x), theirs, atol=1e-4, rtol=1e-4)
