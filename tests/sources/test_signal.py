"""What one pass over a recording finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.signal import (
    Signal,
    check_amplitudes,
    check_channels,
    examine,
    normalisation,
    scale_to_uv,
)

NAMES = [f"E{number}" for number in range(8)]
SFREQ = 200.0
MOMENTS = (1.0, np.zeros(10), np.ones(10))  # spread, means, standard deviations


def look(samples, cuts=()):
    chunks = np.split(samples, sorted(cuts), axis=1)
    return examine("file", chunks, NAMES[: len(samples)], samples.shape[1], SFREQ)


@given(
    cuts=st.lists(st.integers(1, 999), unique=True, max_size=6),
    sign=st.sampled_from([-1, 1]),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 5),
)
def test_flat_and_railed_channels_do_not_depend_on_the_chunks(cuts, sign, dtype, seed):
    rng = np.random.default_rng(seed)
    samples = rng.normal(100, 10, (8, 1000))
    samples[2] = samples[2, 0]
    samples[5] = sign * np.minimum(sign * samples[5], np.quantile(sign * samples[5], 0.85))
    samples[6] = sign * np.minimum(sign * samples[6], np.quantile(sign * samples[6], 0.95))
    found = look(samples.astype(dtype), cuts)
    assert found.flat == [2]
    assert found.railed == [5]  # 15 % of the time; channel 6 touches its limit for 5 %


def test_spread_is_that_of_the_band_of_eeg():
    """Offsets, drifts, mains and artefacts do not count."""
    rng = np.random.default_rng(0)
    times = np.arange(20_000) / SFREQ
    # of 10.3 Hz, so that samples fall on all phases
    samples = 12 * np.sin(2 * np.pi * 10.3 * times + rng.uniform(0, 6, (8, 1)))
    clean = look(samples).spread
    assert clean == pytest.approx(12 * np.sin(np.pi / 4) * 1.4826, rel=0.02)  # median of |sine|
    samples += 1e4 * np.arange(8)[:, None] + 300 * times + 1000 * np.sin(2 * np.pi * 99 * times)
    samples[:, 100:1000] += 5000
    samples[3] *= 100
    assert look(samples, [7000]).spread == pytest.approx(clean, rel=0.2)


def test_the_first_bad_sample_is_named_and_all_are_counted():
    samples = np.random.default_rng(0).standard_normal((8, 1000))
    samples[4, 600:603] = np.nan
    samples[1, 601] = np.inf
    with pytest.raises(
        UserError, match=r"4 that are NaN or infinite, the first nan in channel E4 at"
    ):
        look(samples, [500])
    samples[7, 20] = np.inf
    with pytest.raises(UserError, match=r"5 that are.*the first inf in channel E7 at sample 20"):
        look(samples, [500])


@pytest.mark.parametrize("stretch", [slice(None), slice(0, 4000)])
def test_normalised_recordings_are_recognised(stretch):
    """Z-scored per channel over one block or the whole file, or over everything."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, rng.uniform(5, 20, (8, 1)), (8, 8000)) + 300
    blocks = np.split(samples, 2, axis=1)
    assert normalisation([look(block) for block in blocks]) is None
    part = samples[:, stretch]
    each = (part - part.mean(1, keepdims=True)) / part.std(1, keepdims=True)
    found = normalisation([look(block) for block in np.split(each, 2, axis=1)])
    assert found == "a mean of 0 and a standard deviation of 1 in every channel"
    every = (part - part.mean()) / part.std()
    assert "over all channels" in normalisation([look(b) for b in np.split(every, 2, axis=1)])
    with pytest.raises(UserError, match=r"file; expected EEG in a unit.*z-score; use the record"):
        check_amplitudes("file", 1.0, found)


def with_spread(spread):
    return [Signal([], [], spread, 300 * np.arange(8.0), spread * np.arange(1.0, 9))]


def test_units_are_inferred_over_the_whole_range_of_eeg():
    for spread in (0.5, 10, 500):
        for units in ("auto", "uV"):
            assert scale_to_uv("file", with_spread(spread), units) == 1.0
        for units in ("auto", "V"):
            assert scale_to_uv("file", with_spread(spread / 1e6), units) == 1e6


@pytest.mark.parametrize("spread", [0.0, 1e-8, 1e-2, 0.4, 501.0, 1e6])
def test_a_spread_that_fits_no_unit_is_refused(spread):
    with pytest.raises(UserError, match=r"file; expected a robust.*uV or .* V; found"):
        scale_to_uv("file", with_spread(spread), "auto")
    assert scale_to_uv("file", with_spread(spread), 12.5) == 12.5


def test_the_decision_on_units_is_logged(caplog):
    with caplog.at_level("INFO"):
        scale_to_uv("sub1.npy", with_spread(1.25e-5), "auto")
        scale_to_uv("sub1.npy", with_spread(1.0), 12.5)
    assert caplog.messages == [
        "sub1.npy: unit V, inferred, robust SD 1.25e-05",
        "sub1.npy: 12.5 uV per stored value, given by source.units, robust SD 12.5 uV",
    ]


def test_at_most_three_in_ten_channels_may_be_dead(caplog):
    names = [f"E{number}" for number in range(10)]
    check_channels("file", Signal([], [], *MOMENTS), names)
    assert not caplog.messages
    check_channels("file", Signal([0, 1], [5], *MOMENTS), names)
    assert "flat E0, E1 and railed E5" in caplog.text
    with pytest.raises(UserError, match=r"at most 30% of 10 channels"):
        check_channels("file", Signal([0, 1, 2], [5], *MOMENTS), names)
