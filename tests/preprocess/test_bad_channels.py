"""Bad channels are found and interpolated, and recordings with too few good ones are refused."""

import mne
import numpy as np
import pytest

from tests.preprocess.sources import (
    KEEP,
    N_CHANNELS,
    as_raw,
    cleaned,
    head_raw,
    run,
    scalp_eeg,
    with_segments,
    write_source,
)
from tests.sources.patch import EIGHT, FOUR, patch_eeg
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.preprocess.bad_channels import find_bad_channels
from videeg_pipe.preprocess.recordings import clean
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.recording import PAUSE

N = 4000
FC4 = SEED_DV_CHANNELS.index("FC4")


@pytest.fixture(autouse=True)
def _quiet():
    with mne.use_log_level("ERROR"):
        yield


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


def test_a_planted_bad_channel_is_found_and_interpolated(tmp_path):
    good = scalp_eeg(N)
    spoilt = good.copy()
    spoilt[FC4] = 80 * np.random.default_rng(1).standard_normal(N)
    table = write_source(tmp_path, spoilt[None])
    config = PreprocessOptions(reference="recorded")
    manifest = run(tmp_path, table, config)
    assert "FC4" in read_json(manifest)["recordings"][0]["bad_channels"]
    mended = cleaned(manifest)
    expected = clean(as_raw(good), KEEP).get_data() * 1e6
    assert np.corrcoef(mended[FC4], expected[FC4])[0, 1] > 0.95
    run(tmp_path, table, config.model_copy(update={"bad_channels": "keep"}))
    assert "FC4" in read_json(manifest)["recordings"][0]["bad_channels"]
    assert cleaned(manifest)[FC4].std() > 5 * mended[FC4].std()


def test_electrodes_next_to_the_reference_are_not_bad(tmp_path):
    eeg = scalp_eeg(N)
    near = [SEED_DV_CHANNELS.index(name) for name in ("CZ", "CPZ")]
    eeg -= eeg[near].mean(axis=0)  # as SEED-DV was recorded
    eeg += np.random.default_rng(3).standard_normal(eeg.shape)
    manifest = run(tmp_path, write_source(tmp_path, eeg[None]))
    assert not set(read_json(manifest)["recordings"][0]["bad_channels"]) & {"CZ", "CPZ"}


def test_a_flat_channel_is_bad(tmp_path):
    eeg = scalp_eeg(N)
    eeg[FC4] = 7
    manifest = run(tmp_path, write_source(tmp_path, eeg[None]), PreprocessOptions())
    assert "FC4" in read_json(manifest)["recordings"][0]["bad_channels"]
    assert cleaned(manifest)[FC4].std() > 1


@pytest.mark.parametrize("reference", ["recorded", "average"])
def test_a_flat_channel_is_not_kept(tmp_path, reference):
    """It would stay flat, and scores of its spectrum would be NaN."""
    eeg = scalp_eeg(N)
    eeg[FC4] = 7
    table = write_source(tmp_path, eeg[None])
    keep = KEEP.model_copy(update={"reference": reference})
    with pytest.raises(UserError, match=r"sub1-b1; .* found flat FC4; set .* to interpolate"):
        run(tmp_path, table, keep)
    assert not list((tmp_path / "eeg").iterdir())
    manifest = run(tmp_path, table, keep.model_copy(update={"bad_channels": "interpolate"}))
    assert cleaned(manifest)[FC4].std() > 1


def test_ransac_is_seeded(tmp_path):
    eeg = scalp_eeg(N)
    eeg[FC4] = scalp_eeg(N, seed=9)[0]  # plausible, but not at that place
    table = write_source(tmp_path, eeg[None])
    config = KEEP.model_copy(update={"ransac": True})
    manifest = run(tmp_path, table, config)
    bads = read_json(manifest)["recordings"][0]["bad_channels"]
    assert "FC4" in bads
    assert read_json(run(tmp_path, table, config))["recordings"][0]["bad_channels"] == bads


def test_too_many_bad_channels_are_refused(tmp_path):
    eeg = scalp_eeg(N)
    eeg[:10] = 300 * np.random.default_rng(0).standard_normal((10, N))
    table = write_source(tmp_path, eeg[None])
    with pytest.raises(UserError, match=r"sub1-b1; expected at most 10%.*FP1.*max_bad_fraction"):
        run(tmp_path, table, PreprocessOptions(max_bad_fraction=0.1))
    assert not list((tmp_path / "eeg").iterdir())
