"""The contrastive loss."""

import torch

from videeg_pipe.models.decoders.losses import TEMPERATURE, contrastive


def test_matching_pairs_have_no_loss_and_swapped_ones_have():
    targets, clip = torch.eye(4), torch.arange(4)
    assert contrastive(3 * targets, targets, clip) < 1e-4
    swapped = contrastive(targets[[1, 0, 2, 3]], targets, clip)
    torch.testing.assert_close(swapped, torch.tensor(0.5 / TEMPERATURE), atol=1e-3, rtol=0)


def test_equal_clips_are_not_negatives_of_each_other():
    targets = torch.eye(2)[[0, 0, 1]]
    assert contrastive(targets, targets, torch.tensor([5, 5, 9])) < 1e-4
