"""Planted properties are found in the raw recordings."""

import numpy as np
import pytest
from scipy.signal import filtfilt, firwin, welch
from threadpoolctl import threadpool_limits

from tests.sources.phantom.conftest import SEED, SUBJECTS, simulate, small_phantom
from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.block_timing import block_s
from videeg_pipe.sources.phantom.artefacts import blink_topography
from videeg_pipe.sources.phantom.eeg import simulate_eeg
from videeg_pipe.sources.phantom.evoked import P1, topography
from videeg_pipe.sources.phantom.forward import source_topographies
from videeg_pipe.sources.phantom.layout import index_at
from videeg_pipe.sources.phantom.subject import subject_parameters
from videeg_pipe.sources.phantom.videos import Design, render_videos

SFREQ = 200
OCCIPITAL = [SEED_DV_CHANNELS.index(name) for name in ("O1", "OZ", "O2")]


def _truth(eeg):
    return np.load(eeg.parent.parent / "truth" / eeg.name)


def _onset_response(array, manifest, before=20, after=100) -> np.ndarray:
    """Average over the onsets of all clips, (62, before + after), against the time before."""
    windows = []
    for block, signal in enumerate(array, start=1):
        onsets = [index_at(clip.onset_s, SFREQ) for clip in Design.read(manifest, block).clips]
        windows += [signal[:, at - before : at + after] for at in onsets]
    mean = np.mean([window for window in windows if window.shape[1] == before + after], axis=0)
    return mean - mean[:, :before].mean(axis=1, keepdims=True)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_raw_onset_response_has_the_subjects_latency_and_topography(recordings, manifest, subject):
    """Item by item: the P1's peak within two samples (10 ms), its scalp map at r > 0.95."""
    raw = np.load(recordings[subject])
    person = subject_parameters(SEED, subject)
    evoked = _onset_response(raw, manifest)
    latency = (P1.peaks[0].latency_s + person.delay_s) * SFREQ
    around = slice(20 + round(0.06 * SFREQ), 20 + round(0.14 * SFREQ))
    peak = around.start - 20 + evoked[OCCIPITAL].mean(axis=0)[around].argmax()
    assert abs(peak - latency) <= 2
    implied = topography(P1, source_topographies(person.source_shift, person.source_tilt))
    good = [i for i, name in enumerate(SEED_DV_CHANNELS) if name != person.bad_channel]
    found = evoked[good, 20 + round(latency)]
    assert np.corrcoef(found, implied[good])[0, 1] > 0.95


@pytest.mark.parametrize("subject", SUBJECTS)
def test_truth_peaks_on_the_subjects_latency(recordings, manifest, subject):
    person = subject_parameters(SEED, subject)
    evoked = _onset_response(_truth(recordings[subject]), manifest)[OCCIPITAL].mean(axis=0)
    peak = 12 + evoked[32:48].argmax()
    assert abs(peak - (P1.peaks[0].latency_s + person.delay_s) * SFREQ) <= 1


def test_people_differ(recordings, manifest):
    people = [subject_parameters(SEED, name) for name in SUBJECTS]
    for field in ("gain", "delay_s", "alpha_hz", "exponent"):
        assert len({getattr(person, field) for person in people}) == len(SUBJECTS)
    maps = [topography(P1, source_topographies(p.source_shift, p.source_tilt)) for p in people]
    assert np.corrcoef(maps)[np.triu_indices(len(SUBJECTS), 1)].max() < 0.999


def test_recording_is_truth_and_a_rest_that_does_not_know_the_truth(
    tmp_path, config, manifest, recordings
):
    strong = simulate(small_phantom(evoked_uv=2 * config.evoked_uv), tmp_path, "sub1", manifest)
    weak = recordings["sub1"]
    np.testing.assert_allclose(_truth(strong), 2 * _truth(weak), rtol=1e-4, atol=1e-5)
    rest = np.load(weak) - _truth(weak)
    np.testing.assert_allclose(np.load(strong) - _truth(strong), rest, atol=1e-4)
    assert rest.std() > _truth(weak).std()


OFF = {"gain_sd": 0.0, "exponent_sd": 0.0, "burst_sd": 0.0, "alpha_erd": 0.0, "blink_timing": 0.0}
SHORT = BlockLayout(n_blocks=1, concepts_per_block=4, clips_per_concept=2, hint_s=1.0, clip_s=1.5)


@pytest.mark.parametrize("option", OFF)
def test_each_fluctuation_changes_its_own_part_alone(tmp_path, option):
    """What an option changes is the same whether the parts it is not about are there or not."""
    own = "alpha_uv" if option in ("burst_sd", "alpha_erd") else "blink_uv"
    others = {"alpha_uv": 0.0, "blink_uv": 0.0, "line_uv": 0.0}
    if option in ("burst_sd", "alpha_erd", "blink_timing"):
        others.pop(own)
    videos = tmp_path / "videos.json"
    render_videos(small_phantom(layout=SHORT), seed=SEED, manifest=videos)
    changes, truths = [], set()
    for rest in ({}, others):
        with_it, without = (
            simulate(
                small_phantom(layout=SHORT, **rest, **OFF | {option: value}),
                tmp_path / f"{value} {len(rest)}",
                "sub2",
                videos,
            )
            for value in (0.4, 0.0)
        )
        changes.append(np.load(with_it) - np.load(without))
        truths |= {_truth(with_it).tobytes(), _truth(without).tobytes()}
    assert changes[0].std() > 0.01  # ten times the tolerance; 0.03 to 6 over nine seeds
    np.testing.assert_allclose(changes[0], changes[1], atol=1e-3)
    assert len(truths) == 1


def test_only_onsets_move_the_truth_where_nothing_happens(recordings, manifest):
    """Before the first clip the picture is still, and the response to its onset has decayed."""
    truth = _truth(recordings["sub2"])[0]
    assert np.abs(truth[:, 180:200]).max() < 0.1 * np.abs(truth[:, 200:260]).max()


def test_a_person_is_the_same_alone_and_after_others(tmp_path, config, manifest, recordings):
    alone = simulate(config, tmp_path, "sub3", manifest)
    assert alone.read_bytes() == recordings["sub3"].read_bytes()
    assert _truth(alone).tobytes() == _truth(recordings["sub3"]).tobytes()
    assert not np.array_equal(np.load(alone), np.load(recordings["sub1"]))


def test_threads_of_the_linear_algebra_change_nothing(tmp_path, config, manifest):
    files = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            files.append(simulate(config, tmp_path / str(threads), "sub2", manifest))
    assert files[0].read_bytes() == files[1].read_bytes()


def test_exactly_one_person_has_a_bad_channel(recordings):
    found = {}
    for subject, path in recordings.items():
        f, power = welch(np.load(path)[0], SFREQ, nperseg=400)
        level = np.log(power[:, (f > 60) & (f < 95)].mean(axis=1))
        z = (level - np.median(level)) / (1.4826 * np.median(np.abs(level - np.median(level))))
        found[subject] = [SEED_DV_CHANNELS[i] for i in np.flatnonzero(z > 6)]
    assert found == {
        name: [bad] if (bad := subject_parameters(SEED, name).bad_channel) else []
        for name in SUBJECTS
    }
    assert sum(map(len, found.values())) == 1


@pytest.mark.parametrize("subject", SUBJECTS)
def test_alpha_peaks_at_the_subjects_frequency(recordings, subject):
    eeg, truth = np.load(recordings[subject]), _truth(recordings[subject])
    f, power = welch((eeg - truth)[:, OCCIPITAL], SFREQ, nperseg=1600)
    power = power.mean(axis=(0, 1)) * f  # the background falls away
    band = (f >= 7) & (f <= 14)
    assert abs(f[band][power[band].argmax()] - subject_parameters(SEED, subject).alpha_hz) <= 0.25
    assert power[band].max() > 3 * np.median(power[band])


def test_blinks_have_their_map_and_size(tmp_path, manifest):
    eeg = simulate(small_phantom(blink_uv=200.0, alpha_uv=0.0), tmp_path, "sub2", manifest)
    signal = np.hstack(np.load(eeg))
    at_fpz = signal[SEED_DV_CHANNELS.index("FPZ")]
    blinking = at_fpz > 120
    found = signal[:, blinking].mean(axis=1) - np.median(signal, axis=1)
    assert np.corrcoef(found, blink_topography())[0, 1] > 0.98
    starts = np.flatnonzero(np.diff(blinking.astype(int)) == 1)
    starts = starts[np.diff(starts, prepend=-SFREQ) > 0.3 * SFREQ]
    per_min = len(starts) / (len(at_fpz) / SFREQ / 60)
    assert per_min == pytest.approx(subject_parameters(SEED, "sub2").blinks_per_min, rel=0.4)
    assert np.median([at_fpz[at : at + 60].max() for at in starts]) == pytest.approx(200, rel=0.2)


def test_mains_have_the_configured_frequency(tmp_path, manifest):
    eeg = simulate(small_phantom(line_hz=60.0), tmp_path, "sub2", manifest)
    f, power = welch(np.load(eeg)[0], SFREQ, nperseg=400)
    power = power.mean(axis=0)
    assert f[(f > 40)][power[f > 40].argmax()] == 60
    assert power[f == 60] > 10 * power[f == 50]


def test_concepts_evoke_their_own_patterns(recordings, manifest):
    """The true response to a concept is more like itself in another block than like the others."""
    truth = _truth(recordings["sub2"])
    patterns = []
    for block in range(2):
        clips = Design.read(manifest, block + 1).clips
        concepts = sorted({clip.concept_id for clip in clips})
        patterns.append(
            [
                np.mean([_after(truth[block], c) for c in clips if c.concept_id == concept], axis=0)
                for concept in concepts
            ]
        )
    first, second = (np.array(p) - np.mean(p, axis=0) for p in patterns)
    r = np.corrcoef(first.reshape(12, -1), second.reshape(12, -1))[:12, 12:]
    own = np.eye(12, dtype=bool)
    # 0.70 with a standard deviation of 0.07, and -0.05 with 0.01, over nine seeds
    assert r[own].mean() > 0.4
    assert r[~own].mean() < 0.1


def _after(signal, clip) -> np.ndarray:
    start = index_at(clip.onset_s, SFREQ)
    return signal[:, start + 30 : start + 100]


def test_ceiling_and_amplitudes_are_realistic(recordings, manifest):
    """Correlation of truth and recording after 0.5-40 Hz and average reference, inside clips."""
    kernel = firwin(661, [0.5, 40], pass_zero=False, fs=SFREQ)
    ceilings = []
    for subject, path in recordings.items():
        bad = subject_parameters(SEED, subject).bad_channel
        good = [i for i, name in enumerate(SEED_DV_CHANNELS) if name != bad]
        eeg, truth = np.load(path)[0, good], _truth(path)[0, good]
        spread = 1.4826 * np.median(np.abs(eeg - np.median(eeg, axis=1, keepdims=True)), axis=1)
        assert 10 < np.median(spread) < 20
        pair = [filtfilt(kernel, 1, signal - signal.mean(axis=0)) for signal in (eeg, truth)]
        watched = np.concatenate(
            [
                np.arange(SFREQ) + index_at(clip.onset_s, SFREQ)
                for clip in Design.read(manifest, 1).clips
            ]
        )
        ceilings.append(np.corrcoef(*(signal[:, watched].ravel() for signal in pair))[0, 1])
    assert 0.5 < np.mean(ceilings) < 0.62
    assert all(0.45 < r < 0.68 for r in ceilings)


@pytest.mark.parametrize(("sfreq", "fps"), [(250.0, 29.97), (100.0, 24.0)])
def test_other_rates(tmp_path, sfreq, fps):
    layout = BlockLayout(
        n_blocks=1, concepts_per_block=2, clips_per_concept=2, hint_s=0.3, clip_s=0.7,
        sfreq=sfreq, fps=fps,
    )  # fmt: skip
    config = small_phantom(layout=layout)
    render_videos(config, seed=SEED, manifest=tmp_path / "videos.json")
    eeg = np.load(simulate(config, tmp_path, "sub2", tmp_path / "videos.json"))
    assert eeg.shape == (1, 62, round(block_s(layout) * sfreq))
    assert eeg.dtype == np.float32 and np.isfinite(eeg).all()
    if sfreq == 100:  # the mains are at the Nyquist frequency: a recorder removes them
        calm = np.load(
            simulate(
                small_phantom(layout=layout, line_uv=0.0),
                tmp_path / "calm",
                "sub2",
                tmp_path / "videos.json",
            )
        )
        np.testing.assert_array_equal(eeg, calm)


def test_a_failure_keeps_the_old_files(tmp_path, config, manifest):
    eeg, truth = tmp_path / "EEG" / "sub2.npy", tmp_path / "truth" / "sub2.npy"
    eeg.parent.mkdir()
    eeg.write_bytes(b"was here")
    for name in ("videos.json", "design/block1.npz", "design/block2.npz"):
        copy = tmp_path / "copy" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((manifest.parent / name).read_bytes())
    with pytest.raises(UserError, match=r"block3\.npz"):
        simulate_eeg(
            config, seed=SEED, subject="sub2", videos=tmp_path / "copy" / "videos.json",
            eeg=eeg, truth=truth,
        )  # fmt: skip
    assert eeg.read_bytes() == b"was here"
    assert list(eeg.parent.iterdir()) == [eeg]
    assert not truth.parent.exists()
