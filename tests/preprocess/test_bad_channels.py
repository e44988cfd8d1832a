"""Bad channels: bad segments do not count, and recordings with too few good ones are refused."""

import numpy as np
import pytest

from tests.preprocess.sources import N_CHANNELS, as_raw, head_raw, scalp_eeg, with_segments
from tests.sources.patch import EIGHT, FOUR, patch_eeg
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.preprocess.bad_channels import find_bad_channels
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.recording import PAUSE

N = 4000


def test_bad_segments_do_not_make_channels_bad():
    eeg = scalp_eeg(N)
    spoilt = eeg.copy()
    spoilt[:20, 1000:2500] += 400 * np.random.default_rng(0).standard_normal((20, 1500))
    rows = ((5, 7.5, "BAD_movement"),)
    options = {"name": "a", "seed": 1}
    found = find_bad_channels(with_segments(spoilt, *rows), PreprocessOptions(), **options)
    rest = as_raw(np.delete(eeg, slice(1000, 2500), axis=1))
    assert found == find_bad_channels(rest, PreprocessOptions(), **options)
    with pytest.raises(UserError, match=r"recording a; expected at least 2 s outside.*1\.000 s"):
        find_bad_channels(with_segments(eeg, (0, 19, PAUSE)), PreprocessOptions(), **options)


@pytest.mark.parametrize(
    ("n_good", "options", "message"),
    [
        (1, {"max_bad_fraction": 1}, r"several good channels that differ.*found 1;"),
        (1, {}, r"at most 30% bad channels; found 61 of 62: \w+.* and 53 more; .*\)$"),
        (40, {}, r"found 22 of 62: .* or raise preprocess\.max_bad_fraction$"),
        (
            5,
            {"max_bad_fraction": 1, "ransac": True},
            r"ransac.*enough.*preprocess\.ransac to false",
        ),
    ],
)
def test_too_few_good_channels_are_refused(n_good, options, message):
    raw = as_raw(scalp_eeg(N))
    raw.info["bads"] = raw.ch_names[n_good:]
    with pytest.raises(UserError, match=message):
        find_bad_channels(raw, PreprocessOptions(**options), name="a", seed=1)


def test_channels_that_are_all_equal_are_refused():
    raw = as_raw(np.repeat(scalp_eeg(N)[:1], N_CHANNELS, axis=0))
    with pytest.raises(UserError, match=r"differ from each other; found 62 with equal samples"):
        find_bad_channels(raw, PreprocessOptions(), name="a", seed=1)


FEW = [FOUR, EIGHT, ("Fz", "Cz", "Pz", "Oz")]


def few(names, change=None):
    """Names of the bad channels among a few that are good before a change of the second."""
    eeg = patch_eeg(electrode_positions(names), N, np.random.default_rng(len(names)))
    if change is not None:
        eeg[1] = change(eeg[1], np.random.default_rng(1))
    raw = head_raw(names, eeg)
    return find_bad_channels(raw, PreprocessOptions(), name="a", seed=1)


@pytest.mark.parametrize("names", FEW)
def test_few_good_electrodes_are_not_bad(names):
    """Without what they share, which a reference over them removes, they would not correlate."""
    assert few(names) == []


@pytest.mark.parametrize("names", FEW)
@pytest.mark.parametrize(
    "change",
    [
        lambda x, rng: 50 * rng.standard_normal(len(x)),
        lambda x, rng: x + 40 * rng.standard_normal(len(x)),
        lambda x, rng: x[::-1],  # plausible, and of another place
        lambda x, rng: 10 * x,
        lambda x, rng: x / 10,
        lambda x, rng: 0 * x + 7,
        lambda x, rng: np.where(np.arange(len(x)) % 600 < 300, 0, x),
    ],
    ids=["white", "noisy", "alone", "large", "small", "flat", "gaps"],
)
def test_a_bad_one_of_few_is_found(names, change):
    assert few(names, change) == [names[1]]


def test_far_electrodes_need_not_correlate():
    names = ("Fp1", "T8", "Oz", "Cz")
    eeg = 10 * scalp_eeg(N)[: len(names)]  # of one place
    eeg[1] = 10 * scalp_eeg(N, seed=5)[0]
    found = find_bad_channels(head_raw(names, eeg), PreprocessOptions(), name="a", seed=1)
    assert found == []


def test_two_of_four_bad_channels_are_refused():
    eeg = patch_eeg(electrode_positions(FOUR), N, np.random.default_rng(0))
    eeg[:2] = 0
    with pytest.raises(UserError, match=r"at most 30% bad channels; found 2 of 4: Oz, O1"):
        find_bad_channels(head_raw(FOUR, eeg), PreprocessOptions(), name="a", seed=1)


def test_ransac_on_few_channels_is_refused():
    eeg = patch_eeg(electrode_positions(EIGHT), N, np.random.default_rng(0))
    options = PreprocessOptions(ransac=True)
    with pytest.raises(UserError, match=r"at least 16 channels for RANSAC; found 8; set .* false"):
        find_bad_channels(head_raw(EIGHT, eeg), options, name="a", seed=1)
