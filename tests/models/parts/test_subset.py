"""Some of many windows: no more than asked for, from everywhere, the same rows of all tensors."""

import torch

from videeg_pipe.models.parts.subset import some


def test_few_windows_are_all_kept():
    x = torch.arange(12.0).reshape(6, 2)
    assert some(x, 6) is x


def test_many_windows_are_thinned_out_alike_and_in_order():
    n, most = 40_000, 4000
    rows, x = some(torch.arange(n), most), some(torch.arange(2.0 * n).reshape(n, 2), most)
    assert len(rows) == most and (rows.diff() > 0).all()
    torch.testing.assert_close(x[:, 0], 2.0 * rows)
    # two windows per clip, five clips per concept: each place is as frequent as the others
    places = torch.bincount(rows % 10, minlength=10)
    assert places.min() > 0.8 * most / 10
