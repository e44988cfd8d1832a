"""EEG2Video: start token, dynamics and DANA."""

import numpy as np
import pytest
import torch

from tests.models.decoders.conftest import fit
from videeg_pipe.models.decoders.eeg2video import dana_noise, motion, sinusoids


def test_the_published_start_gives_the_same_first_frame_for_every_eeg(planted):
    train, test = planted
    native, learned = (
        fit("eeg2video", train, steps=5, native=native).predict(test.eeg, test.subject).latents
        for native in (True, False)
    )
    assert native.shape == learned.shape == (len(test), *train.latents.shape[1:])
    assert np.ptp(native[:, 0], axis=0).max() == 0
    assert np.ptp(native[:, 1], axis=0).max() > 0
    assert np.ptp(learned[:, 0], axis=0).max() > 0


def test_motion_is_the_change_between_frames():
    still = torch.randn(2, 1, 4, 3, 3).expand(2, 5, 4, 3, 3)
    assert motion(still).tolist() == [0, 0]
    moving = torch.arange(5.0)[None, :, None, None, None].expand(1, 5, 4, 3, 3)
    assert motion(moving).item() == 1
    assert motion(3 * moving).item() == 9


@pytest.mark.slow
def test_fast_clips_are_predicted_from_eeg(planted, fitted):
    decoder = fitted("eeg2video")
    probability = decoder.predict(planted[1].eeg, planted[1].subject).fast
    latents = planted[1].latents[planted[1].clip]
    true = motion(decoder.latent_target(torch.from_numpy(latents))) > decoder.motion_median
    assert np.mean((probability > 0.5) == true.numpy()) > 0.7


def test_dana_shares_more_noise_in_slow_clips():
    rng = torch.Generator().manual_seed(0)
    single, shared = (torch.randn(2, n, 4, 60, 80, generator=rng) for n in (6, 1))
    frames = dana_noise(single, shared, torch.tensor([0.9, 0.1])).flatten(2)  # (2, F, values)
    torch.testing.assert_close(frames.var(-1), torch.ones(2, 6), atol=0.05, rtol=0)
    common = (frames[:, 0] * frames[:, 3]).mean(-1)
    torch.testing.assert_close(common, torch.tensor([0.2, 0.3]), atol=0.03, rtol=0)


def test_sinusoids_differ_between_places():
    codes = sinusoids(torch.zeros(1, 7, 16))
    assert codes.shape == (7, 16)
    assert torch.cdist(codes, codes).fill_diagonal_(9).min() > 0.5
    torch.testing.assert_close(codes.square().sum(1), torch.full((7,), 8.0))
