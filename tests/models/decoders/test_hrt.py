"""The HRT encoder: shapes, switches, and what each step sees."""

import pytest
import torch

from tests.models.decoders.planted import CHANNELS, CONFIG, T, layout_of
from videeg_pipe.config.sam_net import HrtOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.hrt import HrtEncoder, region_indices


@pytest.fixture
def make(planted):
    layout = layout_of(planted[0])

    def made(n_queries=5, **changes):
        torch.manual_seed(0)
        options = HrtOptions(**(CONFIG["sam_net"]["hrt"] | changes))
        return HrtEncoder(layout, n_queries, options).eval()

    return made


@pytest.fixture
def eeg():
    return torch.randn(3, len(CHANNELS), T)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"regions": [], "attention": "off", "scales": []},  # without HRT
        {"positions": False, "attention": "mean", "layers": 0},
        {"stride": 1, "kernel": 1},
    ],
)
def test_every_query_gets_a_token(make, eeg, changes):
    assert make(**changes)(eeg).shape == (3, 5, 32)


def test_two_layers_have_the_1_4_million_weights_of_the_design():
    places = tuple(map(tuple, electrode_positions().tolist()))
    shapes = {"text_shape": (77, 768), "latent_shape": (6, 4, 12, 16)}
    layout = DecoderLayout(SEED_DV_CHANNELS, places, 200.0, 400, ("a",), ("cat",), **shapes)
    encoder = HrtEncoder(layout, 77, HrtOptions(layers=2))
    n = sum(weight.numel() for weight in encoder.parameters()) + 129 * 768  # with its head
    assert 1.3e6 < n < 1.5e6
    assert [len(members) for members in region_indices(layout, HrtOptions())] == [14, 14, 6, 16, 12]


def test_augmentation_happens_in_training_only(make, eeg):
    encoder = make(noise=0.3, electrode_dropout=0.5)
    assert torch.equal(encoder.augment(eeg), eeg)
    encoder.train()
    augmented = encoder.augment(eeg)
    dropped = (augmented == 0).all(-1)
    assert 0 < dropped.float().mean() < 1
    kept = augmented[~dropped] / 2 - eeg[~dropped]  # dropout scales by 1 / (1 - p)
    assert abs(kept.std() - 0.3) < 0.03


@pytest.mark.parametrize("attention", ["off", "mean", "log-variance"])
def test_a_left_out_region_is_not_seen(make, eeg, attention):
    encoder = make(regions=["frontal", "central", "temporal", "parietal"], attention=attention)
    changed = eeg.clone()
    occipital = [CHANNELS.index(name) for name in ("O1", "OZ", "O2", "CB2")]
    changed[:, occipital] = 3 * changed[:, occipital] + 1
    assert torch.equal(encoder(changed), encoder(eeg))
    assert not torch.equal(make(attention=attention)(changed), make(attention=attention)(eeg))


def test_attention_by_the_mean_sees_nothing_of_high_passed_eeg(make, eeg):
    eeg = eeg - eeg.mean(-1, keepdim=True)
    louder = eeg * torch.linspace(0.5, 2, len(CHANNELS))[:, None]
    blind, sees = make(attention="mean"), make(attention="log-variance")
    gains = [net.attend_electrodes(x) / x for net in (blind, sees) for x in (eeg, louder)]
    torch.testing.assert_close(gains[0], gains[1], rtol=1e-3, atol=1e-4)
    assert (gains[2] - gains[3]).abs().max() > 0.01


def test_options_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="multiple of sam_net"):
        HrtOptions(width=30, heads=4)
    with pytest.raises(ValueError, match="odd lengths"):
        HrtOptions(scales=[4])
