"""Removal of artefacts by ICA: blinks go, the rest stays, and the truth gets the same map."""

import sys

import mne
import numpy as np
import pytest

from tests.preprocess.sources import N_CHANNELS, SFREQ, as_raw, cleaned, scalp_eeg, write_source
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.preprocess import ica
from videeg_pipe.preprocess import recordings as preprocess
from videeg_pipe.preprocess.ica import Artefacts, find_artefacts
from videeg_pipe.preprocess.recordings import clean, preprocess_subject
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.phantom.artefacts import simulate_blinks
from videeg_pipe.sources.recording import BOUNDARY, PAUSE

N = 4000
NAMES = SEED_DV_CHANNELS[::4]  # 16, FP1 among them
ICALABEL = PreprocessOptions(ica="icalabel", max_bad_fraction=1.0)
PAUSED = slice(1600, 2000)


@pytest.fixture(autouse=True)
def _quiet():
    with mne.use_log_level("ERROR"):
        yield


def clean_raw(eeg):
    """Return 16 clean channels with a pause."""
    raw = as_raw(eeg).pick(list(NAMES))
    raw.set_annotations(mne.Annotations([PAUSED.start / SFREQ], [2.0], [PAUSE]))
    return clean(raw, PreprocessOptions())


@pytest.fixture(scope="module")
def blinks():
    course = simulate_blinks(np.ones(N), SFREQ, 30, np.random.default_rng(0))
    return 100 * course


@pytest.fixture(scope="module")
def found(blinks):
    """Return what is found in EEG with blinks, and nonsense in the pause."""
    with mne.use_log_level("ERROR"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ica, "_MAX_ITERATIONS", 40)
        raw = clean_raw(scalp_eeg(N) + blinks)
        raw._data[:, PAUSED] = 1e-3
        before = raw.get_data().copy()
        artefacts = find_artefacts(raw, n_recorded=len(NAMES) - 1, name="a")
        np.testing.assert_array_equal(raw.get_data(), before)
    return artefacts


@pytest.mark.slow
def test_blinks_are_removed_and_the_rest_stays(found, blinks):
    assert found.removed["eye blink"] == 1
    assert found.n_components == len(NAMES) - 2  # one channel interpolated, average reference
    fp1 = NAMES.index("FP1")
    planted = clean_raw(blinks).get_data()
    rest = clean_raw(scalp_eeg(N)).get_data()
    assert (found.removal @ planted)[fp1].std() < 0.15 * planted[fp1].std()
    kept = found.removal @ rest
    behind = [NAMES.index(name) for name in NAMES if name[0] in "CPO"]
    correlations = [np.corrcoef(kept[place], rest[place])[0, 1] for place in behind]
    assert min(correlations) > 0.95
    assert np.abs(kept.sum(axis=0)).max() < 1e-9  # still the average reference
    # a projection: what was removed once is gone
    np.testing.assert_allclose(found.removal @ found.removal, found.removal, atol=1e-9)


def run(root, config, *, truth=None, blinking=0.0):
    eeg = (scalp_eeg(N) + blinking)[None]
    manifest = root / "eeg" / "sub1.json"
    preprocess_subject(
        "sub1",
        source="phantom",
        recordings=write_source(root, eeg, truth=truth),
        config=config,
        seed=42,
        manifest=manifest,
    )
    return manifest


def test_the_truth_gets_the_same_linear_map(tmp_path, monkeypatch):
    truth = scalp_eeg(N, seed=5)[None] / 3
    plain = run(tmp_path / "off", PreprocessOptions(), truth=truth)
    removal = np.eye(N_CHANNELS) - np.full((N_CHANNELS, N_CHANNELS), 0.01)
    removal[3] = 0
    seen = []

    def planted(raw, *, n_recorded, name):
        seen.append((raw.info["highpass"], n_recorded, name))
        return Artefacts(removal, 61, {"eye blink": 2})

    monkeypatch.setattr(preprocess, "find_artefacts", planted)
    manifest = run(tmp_path / "on", ICALABEL, truth=truth)
    (entry,) = read_json(manifest)["recordings"]
    assert seen == [(0.5, N_CHANNELS - len(entry["bad_channels"]), "sub1-b1")]
    assert entry["ica"] == {"n_components": 61, "removed": {"eye blink": 2}}
    for kind in (False, True):
        expected = removal @ cleaned(plain, truth=kind)
        np.testing.assert_allclose(cleaned(manifest, truth=kind), expected, atol=1e-4)


def test_off_needs_no_package_and_records_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mne_icalabel", None)
    (entry,) = read_json(run(tmp_path, PreprocessOptions()))["recordings"]
    assert "ica" not in entry
    raw = as_raw(scalp_eeg(N))
    raw.info["bads"] = entry["bad_channels"]
    expected = (clean(raw, PreprocessOptions()).get_data() * 1e6).astype(np.float32)
    np.testing.assert_array_equal(cleaned(tmp_path / "eeg" / "sub1.json"), expected)


@pytest.mark.parametrize("package", ["mne_icalabel", "onnxruntime"])
def test_a_missing_package_is_named_before_anything_is_read(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    match = (
        rf"found no {package}; run pip install '\.\[icalabel\]' in the repository, or .*ica to off"
    )
    with pytest.raises(UserError, match=match):
        run(tmp_path, ICALABEL)
    assert not (tmp_path / "eeg").exists()


def test_the_recorded_reference_is_refused():
    with pytest.raises(ValueError, match="expected reference average"):
        PreprocessOptions(ica="icalabel", reference="recorded")


def test_too_few_channels_are_refused():
    raw = as_raw(scalp_eeg(N)).pick(list(NAMES[:9]))
    with pytest.raises(UserError, match="recording a; expected at least 8 good channels; found 7"):
        find_artefacts(raw, n_recorded=7, name="a")


def test_components_that_cannot_be_found_or_labelled_are_an_error(monkeypatch):
    raw = as_raw(scalp_eeg(N)).pick(list(NAMES))
    paused = raw.copy().set_annotations(mne.Annotations([0], [20.0], [PAUSE]))
    with pytest.raises(UserError, match=r"recording a; expected components.*ica to off"):
        find_artefacts(paused, n_recorded=16, name="a")
    monkeypatch.setattr(ica, "_MAX_ITERATIONS", 1)

    def broken(usable, unmixing):
        raise RuntimeError("no network")

    monkeypatch.setattr(ica, "_label", broken)
    with pytest.raises(UserError, match=r"found RuntimeError: no network; set preprocess\.ica"):
        find_artefacts(raw, n_recorded=16, name="a")


def test_pauses_and_bad_segments_are_left_out():
    raw = as_raw(scalp_eeg(N)).pick(list(NAMES))
    raw.set_annotations(mne.Annotations([2, 8, 12], [2, 0, 1], [PAUSE, BOUNDARY, "BAD_cable"]))
    assert ica._usable(raw).n_times == N - 600


def test_repeated_channels_few_samples_and_high_rates_limit_the_fit(monkeypatch):
    monkeypatch.setattr(ica, "_MAX_ITERATIONS", 1)
    picks = np.arange(16)
    raw = as_raw(scalp_eeg(N), sfreq=400.0).pick(list(NAMES))
    usable = ica._usable(raw)
    assert (usable.info["sfreq"], usable.n_times) == (200.0, N // 2)
    assert usable.info["highpass"] == 1.0
    assert ica._fit(usable, picks, 15).n_components_ == 15
    assert ica._fit(usable.copy().crop(0, 0.5), picks, 15).n_components_ == 10
    monkeypatch.setattr(ica, "_MAX_SAMPLES", 1000)
    assert ica._fit(usable, picks, 15).n_samples_ == 1000
    usable._data[1] = usable._data[0]
    usable._data[2] = usable._data[0]
    assert ica._fit(usable, picks, 15).n_components_ == 14


def test_kept_bad_channels_are_left_as_they_are(monkeypatch, caplog):
    caplog.set_level("INFO", logger=ica.__name__)
    monkeypatch.setattr(ica, "_MAX_ITERATIONS", 1)

    def all_eyes(usable, unmixing):
        return np.eye(7)[np.full(unmixing.n_components_, 2)]

    monkeypatch.setattr(ica, "_label", all_eyes)
    raw = as_raw(scalp_eeg(N)).pick(list(NAMES))
    raw.info["bads"] = [NAMES[2]]
    raw.set_eeg_reference("average")
    artefacts = find_artefacts(raw, n_recorded=15, name="a")
    assert artefacts.removed == {"eye blink": 14}
    assert caplog.messages == ["a: ICA removes 14 of 14 components: 14 eye blink"]
    out = artefacts.removal @ raw.get_data()
    np.testing.assert_array_equal(out[2], raw.get_data()[2])
    assert np.abs(np.delete(out, 2, axis=0)).max() < 1e-9  # all else is removed
