"""Files of the shape and layout that MOABB downloads, through MOABB's own classes."""

from math import pi

import mne
import numpy as np
import pytest

from tests.real_data import real_ssvep
from tests.sources.moabb import files
from tests.sources.moabb.written import block, blocks, found_in, programs, trials_of
from videeg_pipe.sources.moabb.phase import trial_starts
from videeg_pipe.sources.recording import BOUNDARY


@pytest.mark.slow
def test_kalunga_is_read_as_published(kalunga, tmp_path):
    published = files.real_kalunga(real_ssvep(), tmp_path, 1)
    folder = kalunga / "person"
    trials, pieces = trials_of(folder), blocks(folder)
    assert (len(pieces), len(trials)) == (8, 64)
    names = {1: "rest", 2: "flicker-13hz", 3: "flicker-21hz", 4: "flicker-17hz"}
    for number in range(2):
        stored = mne.io.read_raw_fif(
            files.kalunga_file(kalunga / "data", 1, number + 1), verbose="error"
        )
        events = mne.find_events(stored, "stim", shortest_event=0, verbose="error")
        own = trials[trials["block"].between(4 * number + 1, 4 * number + 4)]
        assert own["stimulus"].tolist() == [names[code] for code in events[:, 2]]
        parts = pieces[4 * number : 4 * number + 4]
        starts = np.cumsum([0, *(part.n_times for part in parts)])[own["block"] - 4 * number - 1]
        samples = starts + own["onset_s"].to_numpy() * 256
        np.testing.assert_allclose(samples, events[:, 0] - stored.first_samp, atol=1e-6)
        joined = np.concatenate([part.get_data() for part in parts], axis=1)
        eeg = published[number].get_data("eeg") / 1000
        np.testing.assert_allclose(joined, eeg, rtol=1e-6, atol=1e-12)
    assert found_in(folder) == [
        "Electrode positions are in millimetres, although the file says metres."
    ]
    distances = [np.linalg.norm(channel["loc"][:3]) for channel in pieces[0].info["chs"]]
    assert all(0.05 < distance < 0.2 for distance in distances)


@pytest.mark.slow
def test_the_phase_of_real_lamps_agrees_between_halves_of_a_trial(kalunga):
    """Starts estimated from halves of the trials differ by one constant where people respond."""
    folder, sfreq, half = kalunga / "person", 256, 640
    trials = trials_of(folder)
    locked = []
    for hz in (13.0, 17.0, 21.0):
        own = trials[trials["stimulus"] == f"flicker-{hz:g}hz"]
        x = np.stack(
            [
                block(folder, row.block).get_data(
                    start=round(row.onset_s * sfreq), stop=round(row.onset_s * sfreq) + 2 * half
                )
                for row in own.itertuples()
            ]
        )
        first, second = (trial_starts(part, sfreq, hz) for part in (x[..., :half], x[..., half:]))
        locked.append(np.abs(np.exp(2j * np.pi * hz * (second - first)).mean()))
    assert max(locked) > 0.6  # 16 trials at random: 0.25


@pytest.mark.slow
def test_wang_has_every_target_once_per_block(wang):
    folder = wang / "person"
    trials = trials_of(folder)
    shown = trials.groupby("block")["stimulus"]
    assert shown.nunique().tolist() == shown.size().tolist() == 6 * [40]
    assert trials["phase_known"].all() and (trials["start_s"] == 0).all()
    for number, own in trials.groupby("block"):
        raw = block(folder, number)
        assert raw.n_times == 40 * 1500 and raw.info["sfreq"] == 250
        assert len(raw.ch_names) == 62 and not {"CB1", "CB2"} & set(raw.ch_names)
        x, target = (
            raw.get_data()[5],
            {f"flicker-{hz}hz": k for k, hz in enumerate(files.WANG_ORDER)},
        )
        samples = np.round(own["onset_s"].to_numpy() * 250).astype(int)
        np.testing.assert_array_equal(samples, 1500 * np.arange(40) + 125)
        expected = [1000 + 100 * (number - 1) + target[name] for name in own["stimulus"]]
        np.testing.assert_allclose(x[samples] * 1e6, expected, rtol=1e-3)  # without its mean
        assert set(raw.annotations.description) == {BOUNDARY}
        np.testing.assert_allclose(raw.annotations.onset, 6.0 * np.arange(1, 40))
    assert found_in(folder) == ["Channels without a position are left out: CB1, CB2."]


@pytest.mark.slow
def test_wang_has_the_frequencies_and_phases_of_the_paper(wang):
    shown = sorted(programs(wang / "person").values(), key=lambda program: program.frequency)
    frequencies = [program.frequency for program in shown]
    np.testing.assert_allclose(frequencies, 8 + 0.2 * np.arange(40))
    np.testing.assert_allclose([p.phase for p in shown], np.arange(40) % 4 * pi / 2)


@pytest.mark.slow
def test_nakanishi_is_read_as_published(nakanishi, tmp_path):
    folder, published = nakanishi / "person", files.nakanishi(tmp_path, 1)
    trials = trials_of(folder)
    shown = trials.groupby("block")["stimulus"]
    assert shown.nunique().tolist() == shown.size().tolist() == 15 * [12]
    place = {f"flicker-{hz}hz": k for k, hz in enumerate(files.NAKANISHI_ORDER)}
    for number, own in trials.groupby("block"):
        raw = block(folder, number)
        np.testing.assert_allclose(own["onset_s"] * 256, 1114 * np.arange(12) + 38)
        expected = published[[place[name] for name in own["stimulus"]], :, :, number - 1]
        expected = expected - expected.mean(-1, keepdims=True)
        np.testing.assert_allclose(
            raw.get_data() * 1e6, np.concatenate(list(expected), axis=1), atol=1e-3
        )
    assert found_in(folder) == []


@pytest.mark.slow
def test_a_program_agrees_with_the_phase_of_the_response(nakanishi):
    """The simulated response is 0.1 s late, at all frequencies."""
    folder, shown = nakanishi / "person", programs(nakanishi / "person")
    trials = trials_of(folder)
    for name, own in trials.groupby("stimulus"):
        mean = np.mean(
            [
                block(folder, row.block).get_data(
                    start=round(row.onset_s * 256), stop=round(row.onset_s * 256) + 1024
                )
                for row in own.itertuples()
            ],
            axis=(0, 1),
        )
        times, program = np.arange(1024) / 256, shown[name]
        late = np.sin(2 * pi * program.frequency * (times - 0.1) + program.phase)
        assert np.corrcoef(mean, late)[0, 1] > 0.8


@pytest.mark.slow
def test_thielen_has_the_bits_of_each_trial(thielen, tmp_path):
    shown, folder = files.thielen2015(tmp_path, 1), thielen / "person"
    trials, programs_ = trials_of(folder), programs(folder)
    assert sorted(set(trials["block"])) == list(range(1, 13))
    bits = [programs_[name].bits for name in trials["stimulus"]]
    assert bits == [code for run in shown for code in run]
    assert all((program.rate, program.frame_rate) == (120, 120) for program in programs_.values())
    raw = block(folder, 1)
    assert len(raw.ch_names) == 64 and raw.ch_names[0] == "Fp1"
    stored = mne.io.read_raw_gdf(
        next((thielen / "data").rglob("*_1.gdf")), stim_channel="status", verbose="error"
    )
    onsets = mne.find_events(stored, verbose="error")[:, 0]
    assert trials["onset_s"].iloc[0] * 480 == pytest.approx(onsets[0])
    expected = stored.get_data(raw.ch_names, stop=raw.n_times)
    np.testing.assert_allclose(raw.get_data(), expected, rtol=1e-6)


@pytest.mark.slow
def test_thielen_2021_has_the_bits_of_each_trial(thielen2021, tmp_path):
    """Also where a trial has one event more than it has cycles."""
    shown, folder = files.thielen2021(tmp_path, 1), thielen2021 / "person"
    trials, programs_ = trials_of(folder), programs(folder)
    assert trials["block"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    bits = [programs_[name].bits for name in trials["stimulus"]]
    assert bits == [code for run in shown for code in run]
    assert all((program.rate, program.frame_rate) == (60, 60) for program in programs_.values())
    raw = block(folder, 1)
    assert raw.ch_names == ["Fpz", "T7", "O1", "POz", "Oz", "Iz", "O2", "T8"]
    stored = mne.io.read_raw_gdf(
        next((thielen2021 / "data").rglob("*_block_1_main_eeg.gdf")),
        stim_channel="status",
        verbose="error",
    )
    onsets = mne.find_events(stored, verbose="error")[[0, 15], 0]
    np.testing.assert_allclose(trials["onset_s"].iloc[:2] * 240, onsets)
    np.testing.assert_allclose(raw.get_data(), stored.get_data("eeg"), rtol=1e-6)


@pytest.mark.slow
def test_beta_has_every_target_once_per_block_through_the_table_alone(beta):
    folder = beta / "person"
    trials, place = trials_of(folder), {hz: k for k, hz in enumerate(files.BETA_ORDER)}
    drawn = programs(folder)
    assert len(place) == len(drawn) == 40 and trials["phase_known"].all()
    shown = trials.groupby("block")["stimulus"]
    assert shown.nunique().tolist() == shown.size().tolist() == 4 * [40]
    for number, own in trials.groupby("block"):
        raw = block(folder, number)
        assert raw.n_times == 40 * 750 and raw.info["sfreq"] == 250
        assert len(raw.ch_names) == 62 and not {"CB1", "CB2"} & set(raw.ch_names)
        samples = np.round(own["onset_s"].to_numpy() * 250).astype(int)
        np.testing.assert_array_equal(samples, 750 * np.arange(40) + 125)
        hz = [f"{drawn[name].frequency:g}" for name in own["stimulus"]]
        expected = [1000 + 100 * (number - 1) + place[name] for name in hz]
        x = raw.get_data()[5]
        np.testing.assert_allclose(x[samples] * 1e6, expected, rtol=2e-3)  # without its mean
        assert set(raw.annotations.description) == {BOUNDARY}


@pytest.mark.slow
def test_lee_has_both_sessions_through_the_table_alone(lee):
    folder = lee / "person"
    trials = trials_of(folder)
    assert trials.groupby("block").size().tolist() == 8 * [25]
    assert len(blocks(folder)) == 8
    hz = {f"flicker-{name}hz" for name in files.LEE_HZ.values()}
    assert set(trials["stimulus"]) == hz == set(programs(folder))
    assert programs(folder)["flicker-8.57hz"].frequency == pytest.approx(60 / 7)
    assert not trials["phase_known"].any()
    rng = np.random.default_rng(2)  # as the file was made: EEG, then classes
    rng.standard_normal((blocks_length(folder, 1), len(files.LEE)))
    classes = rng.permutation(np.resize([1, 2, 3, 4], 100))
    expected = [f"flicker-{files.LEE_HZ[files.LEE_CLASSES[k - 1]]}hz" for k in classes]
    assert trials["stimulus"].tolist()[:100] == expected


def blocks_length(folder, session):
    return sum(raw.n_times for raw in blocks(folder)[4 * session - 4 : 4 * session])
