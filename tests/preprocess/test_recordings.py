"""Cleaning keeps signal and timing, and removes noise and bad channels."""

import tracemalloc

import mne
import numpy as np
import pandas as pd
import pytest

from tests.preprocess.sources import (
    KEEP,
    N_CHANNELS,
    SFREQ,
    as_raw,
    cleaned,
    head_raw,
    run,
    scalp_eeg,
    with_segments,
    write_source,
)
from tests.sources.patch import EIGHT, patch_eeg
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.preprocess import recordings as preprocess
from videeg_pipe.preprocess.recordings import clean, resample
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file, write_npy
from videeg_pipe.sources.recording import BOUNDARY, PAUSE

N = 4000
FC4 = SEED_DV_CHANNELS.index("FC4")


@pytest.fixture(autouse=True)
def _quiet():
    with mne.use_log_level("ERROR"):
        yield


def test_manifest_and_arrays_agree(tmp_path):
    blocks = np.stack([scalp_eeg(N, seed) for seed in (0, 1)]).astype(np.float32)
    manifest = run(tmp_path, write_source(tmp_path, blocks, truth=blocks / 2))
    stored = read_json(manifest)
    assert stored["subject"] == "sub1"
    assert stored["reference"] == "recorded"
    assert [r["recording_id"] for r in stored["recordings"]] == ["sub1-b1", "sub1-b2"]
    for entry in stored["recordings"]:
        path = manifest.parent / f"{entry['recording_id']}.npy"
        truth = manifest.parent / f"{entry['recording_id']}_truth.npy"
        assert entry["sha256"] == sha256_file(path)
        assert entry["truth_sha256"] == sha256_file(truth)
        assert np.load(path).dtype == np.float32
        assert np.load(path).shape == (N_CHANNELS, entry["n_samples"])
    assert tuple(stored["channels"]) == SEED_DV_CHANNELS
    assert np.shape(stored["positions_m"]) == (N_CHANNELS, 3)
    assert np.abs(cleaned(manifest, 0) - cleaned(manifest, 1)).max() > 1  # each its own block


def test_the_filter_is_zero_phase_and_passes_its_band():
    impulse = np.zeros((N_CHANNELS, N))
    impulse[:, N // 2] = 100
    out = clean(as_raw(impulse), KEEP).get_data()[0] * 1e6
    assert np.argmax(out) == N // 2
    np.testing.assert_allclose(out[N // 2 - 50 : N // 2], out[N // 2 + 50 : N // 2 : -1], atol=1e-9)
    times_s = np.arange(N) / SFREQ
    gains = {}
    for frequency in (0.1, 1, 10, 35, 55, 80):
        wave = np.tile(np.sin(2 * np.pi * frequency * times_s), (N_CHANNELS, 1))
        middle = clean(as_raw(wave), KEEP).get_data()[0, N // 4 : -N // 4] * 1e6
        gains[frequency] = middle.std() * np.sqrt(2)
    assert all(abs(gains[f] - 1) < 0.02 for f in (1, 10, 35)), gains
    assert gains[0.1] < 0.1, gains  # half-way between 0 and 0.5 Hz the filter passes a half
    assert all(gains[f] < 0.01 for f in (55, 80)), gains


def test_the_notch_removes_only_its_frequency():
    times_s = np.arange(N) / SFREQ
    wave = np.sin(2 * np.pi * 50 * times_s) + np.sin(2 * np.pi * 40 * times_s)
    config = KEEP.model_copy(update={"h_freq": 70.0, "notch_hz": 50.0})
    out = clean(as_raw(np.tile(wave, (N_CHANNELS, 1))), config).get_data()[0] * 1e6
    spectrum = np.abs(np.fft.rfft(out[500:-500])) / (len(out) - 1000) * 2
    frequencies = np.fft.rfftfreq(len(out) - 1000, 1 / SFREQ)
    assert spectrum[np.argmin(abs(frequencies - 50))] < 0.1
    assert spectrum[np.argmin(abs(frequencies - 40))] > 0.95


def test_parts_beside_a_pause_are_filtered_alone():
    """An offset of 5 mV after the pause stays out of both parts, and the pause is a line."""
    eeg = scalp_eeg(N)
    pause = slice(1600, 2000)
    late = eeg + 5000 * (np.arange(N) >= 2000)
    late[:, pause] = 5000
    out = clean(with_segments(late, (8, 2, PAUSE)), KEEP).get_data() * 1e6
    for part in (slice(0, 1600), slice(2000, N)):
        alone = clean(as_raw(eeg[:, part]), KEEP).get_data() * 1e6
        np.testing.assert_allclose(out[:, part], alone, atol=1e-6)
    line = out[:, pause.start - 1 : pause.stop + 1]
    np.testing.assert_allclose(np.diff(line, 2), 0, atol=1e-9)
    # a break without a length separates likewise
    out = clean(with_segments(eeg[:, :3600], (8, 0, BOUNDARY)), KEEP).get_data() * 1e6
    alone = clean(as_raw(eeg[:, :1600]), KEEP).get_data() * 1e6
    np.testing.assert_allclose(out[:, :1600], alone, atol=1e-6)


def test_filtering_goes_on_across_bad_segments_as_in_mne():
    eeg = scalp_eeg(N)
    out = clean(with_segments(eeg, (8, 2, "BAD_movement")), KEEP).get_data()
    np.testing.assert_array_equal(out, clean(as_raw(eeg), KEEP).get_data())


def test_segments_follow_the_recording_to_another_rate(tmp_path, monkeypatch):
    """Sample numbers stay clock time: a pulse after a pause keeps its second."""
    eeg = scalp_eeg(N, sfreq=250.0)
    eeg[:, 3000] = 5000  # at 12 s
    table = write_source(tmp_path, eeg[None], sfreq=250.0)
    rows = ((4, 2.5, PAUSE), (8, 0, BOUNDARY), (14, 1, "BAD_movement"))
    load = preprocess.load_recording

    def annotated(source, row):
        return load(source, row).set_annotations(mne.Annotations(*zip(*rows, strict=True)))

    monkeypatch.setattr(preprocess, "load_recording", annotated)
    manifest = run(tmp_path, table)
    assert (np.argmax(cleaned(manifest), axis=1) == 2400).all()
    assert read_json(manifest)["recordings"][0]["segments"] == [
        {"onset_s": 4.0, "duration_s": 2.5, "reason": "pause"},
        {"onset_s": 8.0, "duration_s": 0.0, "reason": "boundary"},
        {"onset_s": 14.0, "duration_s": 1.0, "reason": "BAD_movement"},
    ]


def test_channels_in_another_order_are_matched_by_name(tmp_path, monkeypatch):
    eeg = scalp_eeg(N)
    table = write_source(tmp_path, np.stack([eeg, eeg[::-1]]))
    load = preprocess.load_recording

    def named(source, row):
        raw = load(source, row)
        if row.block == 2:
            raw = as_raw(eeg).reorder_channels(list(SEED_DV_CHANNELS[::-1]))
        return raw

    monkeypatch.setattr(preprocess, "load_recording", named)
    manifest = run(tmp_path, table)
    assert tuple(read_json(manifest)["channels"]) == SEED_DV_CHANNELS
    np.testing.assert_allclose(cleaned(manifest, 1), cleaned(manifest, 0), atol=1e-4)


def test_results_stay_as_they_are_if_recordings_do_not_fit_together(tmp_path, monkeypatch):
    blocks = np.stack([scalp_eeg(N, seed) for seed in (0, 1)])
    table = write_source(tmp_path, blocks, truth=blocks)
    manifest = run(tmp_path, table)
    before = {path.name: path.read_bytes() for path in manifest.parent.iterdir()}
    write_source(tmp_path, blocks[::-1])  # without the truth
    load = preprocess.load_recording

    def turned(source, row):
        raw = load(source, row)
        if row.block == 2:
            places = dict(zip(SEED_DV_CHANNELS, electrode_positions()[:, [1, 0, 2]], strict=True))
            raw.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))
        return raw

    monkeypatch.setattr(preprocess, "load_recording", turned)
    with pytest.raises(UserError, match="electrode positions of sub1-b1 and sub1-b2"):
        run(tmp_path, table)
    assert before == {path.name: path.read_bytes() for path in manifest.parent.iterdir()}


def test_a_bad_one_of_few_electrodes_is_interpolated_from_its_neighbours():
    eeg = patch_eeg(electrode_positions(EIGHT), N, np.random.default_rng(0))
    spoilt = eeg.copy()
    spoilt[0] = 80 * np.random.default_rng(1).standard_normal(N)
    raw = head_raw(EIGHT, spoilt)
    raw.info["bads"] = ["Oz"]
    mended = clean(raw, PreprocessOptions(reference="recorded")).get_data()[0]
    right = clean(head_raw(EIGHT, eeg), KEEP).get_data()[0]
    assert np.corrcoef(mended, right)[0, 1] > 0.9
    assert mended.std() / right.std() == pytest.approx(1, abs=0.2)


def test_few_electrodes_are_not_spread_over_a_whole_head(tmp_path):
    table = write_source(tmp_path, scalp_eeg(N)[None])
    pd.read_parquet(table).assign(n_channels=8).to_parquet(table)
    with pytest.raises(UserError, match=r"at least 16 channels to interpolate.*found 8; set.*own"):
        run(tmp_path, table, KEEP.model_copy(update={"montage": "seed-dv"}))


def test_the_average_reference_sums_to_zero(tmp_path):
    manifest = run(tmp_path, write_source(tmp_path, scalp_eeg(N)[None] + 30), PreprocessOptions())
    eeg = cleaned(manifest)
    assert np.abs(eeg.sum(axis=0)).max() < 1e-3
    assert eeg.std() > 1
    assert read_json(manifest)["reference"] == "average"


def test_kept_bad_channels_are_excluded_from_the_average():
    raw = as_raw(scalp_eeg(N))
    raw._data[FC4] += 1e-3 * np.random.default_rng(0).standard_normal(N)
    raw.info["bads"] = ["FC4"]
    out = clean(raw, KEEP.model_copy(update={"reference": "average"})).get_data()
    assert np.abs(np.delete(out, FC4, axis=0).sum(axis=0)).max() < 1e-12


def test_volts_and_microvolts_give_equal_results(tmp_path):
    microvolts = np.stack([scalp_eeg(N)])
    of_microvolts = run(tmp_path / "uV", write_source(tmp_path / "uV", microvolts))
    volts = write_source(tmp_path / "V", (microvolts * 1e-6).astype(np.float32), scale_to_uv=1e6)
    np.testing.assert_allclose(
        cleaned(run(tmp_path / "V", volts)), cleaned(of_microvolts), atol=1e-4
    )


@pytest.mark.parametrize("sfreq", [160.0, 250.0, 256.0, 512.0, 1000.0])
def test_resampling_keeps_a_pulse_at_its_time(sfreq):
    times_s = np.arange(int(90.13 * sfreq)) / sfreq  # no whole number of samples at 200 Hz
    at_s = (2.0, 44.5, 88.0)
    pulses = sum(np.exp(-0.5 * ((times_s - t) / 0.02) ** 2) for t in at_s)
    out = resample(pulses[None], sfreq, 200.0)[0]
    for time_s in at_s:
        near = np.arange(round((time_s - 0.1) * 200), round((time_s + 0.1) * 200) + 1)
        assert near[np.argmax(out[near])] == round(time_s * 200)
        centre = (near * out[near]).sum() / out[near].sum()
        assert abs(centre - time_s * 200) < 0.01  # samples


def test_a_recording_at_160_hz_is_resampled_to_200_hz(tmp_path):
    eeg = scalp_eeg(3200, sfreq=160.0)
    pulse = np.exp(-0.5 * ((np.arange(3200) / 160 - 12.5) / 0.02) ** 2)
    manifest = run(tmp_path, write_source(tmp_path, (eeg + 1000 * pulse)[None], sfreq=160.0))
    out = cleaned(manifest)
    assert out.shape == (N_CHANNELS, 4000)
    assert read_json(manifest)["sfreq"] == 200.0
    assert (np.argmax(out, axis=1) == 2500).all()


def test_the_truth_goes_through_the_same_linear_steps(tmp_path):
    eeg, evoked = scalp_eeg(N), scalp_eeg(N, seed=5) / 3
    eeg[FC4] = 80 * np.random.default_rng(1).standard_normal(N)
    root = tmp_path / "with"
    manifest = run(root, write_source(root, eeg[None], truth=evoked[None]), PreprocessOptions())
    truth = cleaned(manifest, truth=True)
    assert np.abs(truth.sum(axis=0)).max() < 1e-3
    # subtracting the truth before or after cleaning gives the same
    bads = read_json(manifest)["recordings"][0]["bad_channels"]
    raw = as_raw(eeg - evoked)
    raw.info["bads"] = bads
    rest = clean(raw, PreprocessOptions()).get_data() * 1e6
    np.testing.assert_allclose(cleaned(manifest) - truth, rest, atol=1e-3)


def test_the_truth_of_an_earlier_source_is_removed(tmp_path):
    eeg = scalp_eeg(N)[None]
    manifest = run(tmp_path, write_source(tmp_path, eeg, truth=eeg))
    assert cleaned(manifest, truth=True).any()
    run(tmp_path, write_source(tmp_path, eeg))
    assert not (manifest.parent / "sub1-b1_truth.npy").exists()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_recordings(tmp_path):
    peaks = []
    for n_blocks in (1, 1, 4):  # the first warms caches up
        root = tmp_path / str(len(peaks))
        blocks = np.stack([scalp_eeg(N, seed) for seed in range(n_blocks)])
        table = write_source(root, blocks)
        del blocks
        tracemalloc.start()
        run(root, table)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # of three more recordings; reference cycles keep some of MNE's arrays until they are collected
    assert peaks[2] < peaks[1] + 2.5 * 8 * N_CHANNELS * N


def test_results_do_not_depend_on_the_other_recordings(tmp_path):
    blocks = np.stack([scalp_eeg(N, seed) for seed in (0, 1)])
    together = run(tmp_path / "two", write_source(tmp_path / "two", blocks), PreprocessOptions())
    alone = run(tmp_path / "one", write_source(tmp_path / "one", blocks[:1]), PreprocessOptions())
    first = read_json(together)["recordings"][0]
    assert first == read_json(alone)["recordings"][0]


def test_a_failure_midway_keeps_the_old_files(tmp_path):
    blocks = np.stack([scalp_eeg(N, seed) for seed in (0, 1)])
    manifest = run(tmp_path, write_source(tmp_path, blocks))
    before = {path.name: path.read_bytes() for path in manifest.parent.iterdir()}
    blocks[1, :30] = 500 * np.random.default_rng(0).standard_normal((30, N))
    table = write_source(tmp_path, blocks + 1)
    with pytest.raises(UserError, match="sub1-b2"):
        run(tmp_path, table, PreprocessOptions())
    assert {path.name: path.read_bytes() for path in manifest.parent.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda path: write_npy(path, np.zeros((1, N_CHANNELS, N - 1))), "--forcerun acquire"),
        (lambda path: write_npy(path, np.zeros((1, N_CHANNELS - 1, N))), "--forcerun acquire"),
        (lambda path: write_npy(path, np.zeros((N_CHANNELS, N))), "--forcerun acquire"),
        (lambda path: path.write_bytes(path.read_bytes()[:-10]), "complete .npy"),
        (lambda path: np.save(path, np.array([{}]), allow_pickle=True), "complete .npy"),
        (lambda path: path.unlink(), "no such file"),
    ],
)
def test_a_changed_raw_file_is_refused(tmp_path, change, match):
    table = write_source(tmp_path, scalp_eeg(N)[None])
    change(tmp_path / "EEG" / "sub1.npy")
    with pytest.raises(UserError, match=match):
        run(tmp_path, table)
    assert not list((tmp_path / "eeg").iterdir())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"h_freq": 70.0}, r"preprocess.h_freq with recording sub1-b1.*60 Hz"),
        ({"notch_hz": 60.0}, r"preprocess.notch_hz.*set it to null"),
    ],
)
def test_filters_beyond_the_recordings_nyquist_are_refused(tmp_path, options, match):
    table = write_source(tmp_path, scalp_eeg(N)[None], sfreq=120.0)
    with pytest.raises(UserError, match=match):
        run(tmp_path, table, KEEP.model_copy(update=options))


def test_an_unknown_subject_is_refused(tmp_path):
    table = write_source(tmp_path, scalp_eeg(N)[None])
    with pytest.raises(UserError, match="recordings of sub2"):
        run(tmp_path, table, subject="sub2")


def test_odd_paths_work(tmp_path):
    root = tmp_path / 'it\'s "ein" Ü'
    manifest = run(root, write_source(root, scalp_eeg(N)[None]))
    assert cleaned(manifest).shape == (N_CHANNELS, N)
