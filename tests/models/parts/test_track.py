"""The encoder of the stimulus track is causal and has equal lags at all tokens."""

import pytest
import torch

from videeg_pipe.models.parts.track import TrackEncoder


def encoder(history_s: float = 1.0, rate: float = 24.0) -> TrackEncoder:
    torch.manual_seed(0)
    return TrackEncoder(
        4, n_tokens=10, window_s=1.0, history_s=history_s, rate=rate, width=16
    ).eval()


@pytest.mark.parametrize("rate", [24.0, 25.0, 30.0])
def test_track_is_causal(rate):
    """A change at a frame reaches no token that ended before that frame came on screen."""
    net, n_frames = encoder(rate=rate), round(2 * rate)
    track = torch.randn(1, 4, n_frames)
    for frame in range(n_frames):
        changed = track.clone()
        changed[..., frame:] += 1
        same = (net(track) == net(changed)).all(-1)[0]  # (P,)
        shown_s = frame / rate - 1.0
        ends_s = (torch.arange(10) + 1) / 10
        assert same[ends_s <= shown_s].all()
        assert not same[ends_s > shown_s + 2 / rate].any()


def test_track_has_the_same_lags_at_every_token():
    """A track that is shifted by one token gives features shifted by one token."""
    net = encoder(rate=30.0)
    long = torch.randn(1, 4, 63)
    torch.testing.assert_close(net(long[..., :60])[:, 1:], net(long[..., 3:])[:, :-1])


def test_track_statistics_remove_units():
    track = torch.randn(8, 4, 48)
    one, other = encoder(), encoder()
    one.fit(track)
    other.fit(100 * track - 7)
    torch.testing.assert_close(one(track), other(100 * track - 7), rtol=1e-3, atol=1e-4)
