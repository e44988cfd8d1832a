import pytest
import torch

from tests.scoring.utility.examples import REAL, TEST, TRAIN
from videeg_pipe.scoring.braindecode_models import braindecode_model
from videeg_pipe.scoring.utility.decoders import Decoder, EegNetClassifier


@pytest.mark.parametrize("name", ["bands", "eegnet"])
def test_each_decoder_learns_the_pattern_by_itself(name):
    """Chance is 0.25; topographies differ more than the power of single electrodes."""
    decoder = Decoder(name, "concept").fit(REAL["real"])
    assert (decoder.predict(REAL["test"]) == TEST["concept"]).mean() > 0.6


def test_the_network_is_eegnet_and_depends_on_its_seed_only():
    windows, labels = REAL["real"].features["eegnet"], TRAIN["concept"].to_numpy(str)
    state = torch.get_rng_state()
    first = EegNetClassifier(steps=6).fit(windows, labels)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(1)
    second = EegNetClassifier(steps=6).fit(windows, labels)
    assert isinstance(first.model, braindecode_model("EEGNetv4"))
    assert (first.predict(windows) == second.predict(windows)).all()
    for name, values in first.model.state_dict().items():
        assert torch.equal(values, second.model.state_dict()[name]), name
    assert first.model.conv_spatial.weight.flatten(1).norm(dim=1).max() < 1.001


def test_the_network_accepts_short_windows():
    windows = REAL["real"].features["eegnet"][..., :10]
    network = EegNetClassifier(steps=6).fit(windows, TRAIN["concept"].to_numpy(str))
    assert set(network.predict(windows)) <= set(TRAIN["concept"])
