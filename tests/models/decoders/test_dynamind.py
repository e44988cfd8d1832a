"""DynaMind: regions, causal prior, one patch per frame."""

import pytest
import torch

from tests.models.decoders.planted import CHANNELS, CONFIG, T, layout_of
from videeg_pipe.config.dynamind import DynamindOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.dynamind import Prior, RegionalMapper, TemporalAligner

OPTIONS = DynamindOptions(**CONFIG["dynamind"])


@pytest.fixture
def layout(planted):
    return layout_of(planted[0])


def test_regions_are_the_published_ranges():
    places = tuple(map(tuple, electrode_positions().tolist()))
    shapes = {"text_shape": (7, 8), "latent_shape": (6, 4, 3, 4)}
    layout = DecoderLayout(SEED_DV_CHANNELS, places, 200.0, 400, ("a",), ("cat",), **shapes)
    regions = RegionalMapper(layout, OPTIONS).regions
    assert [(members[0], members[-1]) for members in regions] == [
        (0, 16), (17, 34), (35, 50), (51, 61)
    ]  # fmt: skip
    starts = TemporalAligner(layout, DynamindOptions()).starts
    assert starts == [0, 64, 128, 192, 256, 320]  # six patches of 80 cover all 400 samples


def test_a_frame_sees_its_patch_and_those_beside_it(layout):
    torch.manual_seed(0)
    aligner = TemporalAligner(layout, OPTIONS).eval()
    eeg = torch.randn(32, len(CHANNELS), T)
    torch.testing.assert_close(aligner(eeg).shape, torch.Size([32, 3, 64]))
    changed = eeg.clone()
    changed[..., :5] += 1
    difference = (aligner(changed) - aligner(eeg)).abs().mean((0, 2))
    assert difference[0] > 0 and difference[1] > 0
    assert 0 < difference[2] < difference[0]  # through two convolutions over the frames


def test_the_filter_starts_as_the_identity_at_even_and_odd_lengths(layout):
    aligner = TemporalAligner(layout, OPTIONS).eval()
    eeg = torch.randn(2, len(CHANNELS), T)
    plain = [eeg[..., s : s + aligner.patch].flatten(1) for s in aligner.starts]
    tokens = [embed(p) for embed, p in zip(aligner.embed, plain, strict=True)]
    expected = aligner.mix(torch.stack(tokens, 2)).mT
    torch.testing.assert_close(aligner(eeg), expected, atol=1e-4, rtol=1e-3)


def test_the_prior_is_causal():
    prior = Prior(6, OPTIONS).eval()
    embedding = torch.randn(2, OPTIONS.width)
    before = prior(embedding)
    assert before.shape == (2, 6, OPTIONS.width)
    with torch.no_grad():
        prior.query[4] += 1
    after = prior(embedding)
    torch.testing.assert_close(after[:, :4], before[:, :4])
    assert (after[:, 4:] - before[:, 4:]).abs().max() > 1e-3
