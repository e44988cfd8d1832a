"""`videeg evaluate`: the same scores whatever the format, known answers, and every error."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import mne
import numpy as np
import pandas as pd
import pytest
from mne_bids import BIDSPath, make_dataset_description, write_raw_bids
from scipy import signal

from videeg_pipe.cli.main import main
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.dataset import METADATA, to_epochs
from videeg_pipe.evaluate.evaluation import as_material, evaluate
from videeg_pipe.evaluate.read_windows import read_windows
from videeg_pipe.scoring.fidelity import c2st

SFREQ, N, T = 200.0, 60, 200
NAMES = ["Fz", "Cz", "P3", "Pz", "P4", "O1"]


def eeg(seed: int, n: int = N) -> np.ndarray:
    """Windows (n, 6, T) in uV: coloured, mixed between electrodes, on an offset."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((n, len(NAMES), T + 50))
    coloured = signal.lfilter([1.0], [1.0, -0.9], white)[..., 50:]
    mixing = np.eye(len(NAMES)) + 0.5 * np.eye(len(NAMES), k=1)
    return (8 * mixing @ coloured + 20).astype(np.float32)


def write(path: Path, windows: np.ndarray, *, names: list[str] = NAMES, sfreq: float = SFREQ):
    """Write windows in the format that the name says."""
    info = mne.create_info(names, sfreq, "eeg")
    if path.suffix == ".npy":
        np.save(path, windows)
    elif path.suffix == ".npz":
        np.savez(path, eeg=windows, sfreq=sfreq, channels=names)
    elif path.name.endswith("-epo.fif"):
        mne.EpochsArray(windows.astype(np.float64) * 1e-6, info, verbose="error").save(path)
    else:
        joined = np.concatenate(list(windows.astype(np.float64) * 1e-6), axis=-1)  # (C, n T) V
        raw = mne.io.RawArray(joined, info, verbose="error")
        if path.suffix == ".fif":
            raw.save(path, verbose="error")
            return path
        to = BIDSPath(root=path, datatype="eeg", task="rest", subject="01")
        write_raw_bids(raw, to, format="EDF", allow_preload=True, verbose="error")
        make_dataset_description(path=path, name="test", overwrite=True, verbose="error")
    return path


def run(tmp_path: Path, *arguments: object) -> dict:
    assert main(["evaluate", *map(str, arguments), "--out", str(tmp_path / "out")]) == 0
    return json.loads((tmp_path / "out" / "metrics.json").read_text())


def line(capsys, *arguments: object) -> str:
    """The one line of an error."""
    capsys.readouterr()
    assert main(["evaluate", *map(str, arguments)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("videeg: ")
    return said


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """No classifier, which takes seconds, but where a test is about them."""
    if "classifiers" not in request.fixturenames:
        monkeypatch.setattr(c2st, "_LEAST_WINDOWS", 10**6)


@pytest.fixture
def classifiers():
    """What a test asks for to have them."""


@pytest.fixture(scope="module")
def arrays(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("arrays")
    return write(folder / "real.npy", eeg(1)), write(folder / "synthetic.npy", eeg(2))


@pytest.mark.parametrize("name", ["x.npz", "x-epo.fif", "x_raw.fif", "bids"])
def test_windows_are_the_same_from_every_format(tmp_path, name):
    windows = eeg(1, 5)
    found = read_windows(write(tmp_path / name, windows), 1.0)
    assert (found.sfreq, found.channels) == (SFREQ, tuple(NAMES))
    step = np.ptp(windows) / 2**15 if name == "bids" else 1e-3  # EDF has 16 bits
    np.testing.assert_allclose(found.eeg, windows, atol=step)


@pytest.mark.parametrize("name", ["y-epo.fif", "y_raw.fif", "bids"])
def test_scores_are_the_same_from_every_format(tmp_path, arrays, name):
    real, synthetic = arrays
    plain = run(tmp_path, real, synthetic, "--sfreq", SFREQ)["fidelity"]
    other = run(tmp_path, real, write(tmp_path / name, eeg(2)))["fidelity"]
    for score in ("psd_distance", "covariance_error", "autocorrelation_error"):
        assert other[score]["value"] == pytest.approx(plain[score]["value"], rel=0.01)


def test_other_real_windows_are_at_the_floor(tmp_path, classifiers, capsys):
    pair = [write(tmp_path / f"{seed}.npy", eeg(seed, 2 * N)) for seed in (1, 2)]
    scores = run(tmp_path, *pair, "--sfreq", SFREQ)
    like = scores["fidelity"]
    for score in ("psd_distance", "covariance_error", "autocorrelation_error"):
        assert like[score]["value"] < 1.5 * like[score]["floor"]["value"]
        assert like[score]["white_noise"] > 3 * like[score]["floor"]["value"]
    assert like["c2st"]["low"] < like["c2st"]["floor"]["high"]
    assert not scores["warnings"] and "paper" not in scores
    assert any("clip of its own" in text for text in scores["assumptions"])
    assert any("one subject" in text for text in scores["assumptions"])
    said = capsys.readouterr().out
    for word in ("covariance error", "c2st", "window, eegnet", "clip of its own", "metrics.json"):
        assert word in said


def test_noise_is_caught(tmp_path, arrays, classifiers):
    real, _ = arrays
    rng = np.random.default_rng(3)
    noise = eeg(1).std((0, 2))[:, None] * rng.standard_normal((N, len(NAMES), T))
    like = run(tmp_path, real, write(tmp_path / "noise.npy", noise), "--sfreq", SFREQ)["fidelity"]
    assert like["c2st"]["value"] > 0.95
    assert like["psd_distance"]["value"] > 5 * like["psd_distance"]["floor"]["value"]
    assert like["band_power_ratio"]["gamma"]["value"] > 3


def test_channels_are_matched_by_name(tmp_path):
    real = write(tmp_path / "real.npz", eeg(1))
    turned = write(tmp_path / "turned.npz", eeg(1)[:, ::-1], names=[n.upper() for n in NAMES[::-1]])
    scores = run(tmp_path, real, turned)["fidelity"]
    assert scores["covariance_error"]["value"] < scores["covariance_error"]["floor"]["high"]
    assert scores["band_power_ratio"]["alpha"]["value"] == pytest.approx(1, abs=0.2)


def test_paired_windows_get_the_papers_scores_and_say_their_protocol(tmp_path, arrays, capsys):
    real, synthetic = arrays
    paired = ("--sfreq", SFREQ, "--paired", "--protocol")
    same = run(tmp_path, real, real, *paired, "reconstruction")["paper"]
    other = run(tmp_path, real, synthetic, *paired, "generation")["paper"]
    assert (same["protocol"], other["protocol"]) == ("reconstruction", "generation")
    assert same["pearson"]["value"] == pytest.approx(1) and same["mse"]["value"] == 0
    assert abs(other["pearson"]["value"]) < 0.1
    assert "paired, generation" in capsys.readouterr().out


def test_labels_pair_subjects_and_keep_clips_together(tmp_path, arrays):
    rows = np.arange(N)
    labels = pd.DataFrame({"subject": rows % 2, "clip_id": rows // 6, "concept": rows // 30})
    csv = tmp_path / "labels.csv"
    labels.to_csv(csv, index=False)
    scores = run(tmp_path, *arrays, "--sfreq", SFREQ, "--labels", csv, "--labels", csv)
    order, pairs, _ = scores["assumptions"]
    assert "in the same order on both sides" in order
    assert "same subject and concept" in pairs
    alone = run(tmp_path, *arrays, "--sfreq", SFREQ, "--labels", csv)
    assert "of the same rank" in alone["assumptions"][1]
    real, synthetic = (read_windows(path, 1.0, csv) for path in arrays)
    turned = synthetic.take(rows[::-1])
    material, _ = as_material(real, turned, SFREQ, paired=False)
    for name in ("subject", "concept"):
        told = real.labels[name].iloc[material.matched].tolist()
        assert told == turned.labels[name].tolist()
    assert sorted(material.matched) == rows.tolist()
    assert material.windows["clip_id"].nunique() == 20  # ten clips, of two people each


def test_clips_of_unequal_length_leave_splits_of_unequal_size(tmp_path, arrays):
    """Half of the clips may hold any share of the windows: each split has its own rows a person."""
    rows = np.arange(N)
    clips = np.sqrt(rows).astype(int)  # of 1, 3, 5 ... windows
    labels = pd.DataFrame({"subject": rows % 2, "clip_id": clips})
    csv = tmp_path / "labels.csv"
    labels.to_csv(csv, index=False)
    wanted = ("--sfreq", SFREQ, "--labels", csv, "--labels", csv)
    error = run(tmp_path, *arrays, *wanted)["fidelity"]["subject_covariance_error"]
    assert 0 < error["low"] <= error["value"] <= error["high"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--seed", "-1"), "--seed"),
        (("--window-s", "nan"), "--window-s"),
        (("--window-s", "inf"), "--window-s"),
        (("--out", __file__), "--out"),
    ],
)
def test_options_out_of_range_are_one_line(arrays, capsys, options, named):
    command = ["evaluate", *map(str, arrays), "--sfreq", str(SFREQ), *options]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert named in said and said.count("\n") == 1


@pytest.mark.parametrize("n", [45, 150])
def test_more_synthetic_windows_than_real_ones_and_fewer(arrays, n):
    real = read_windows(arrays[0], 1.0)
    synthetic = replace(real, eeg=eeg(2, n), labels=pd.DataFrame(index=range(n)))
    matched = as_material(real, synthetic, SFREQ, paired=False)[0].matched
    assert len(matched) == n and (np.diff(matched) >= 0).all()
    assert len(np.unique(matched)) == min(n, N)
    assert evaluate(real, synthetic, sfreq=SFREQ)["fidelity"]["n_windows"] > 0


def test_few_windows_get_the_scores_that_they_can(tmp_path, capsys):
    few = write(tmp_path / "few.npy", eeg(1, 3))
    scores = run(tmp_path, few, few, "--sfreq", SFREQ)
    assert scores["fidelity"]["c2st"]["value"] is None
    assert scores["fidelity"]["psd_distance"]["value"] is not None
    assert "a classifier needs" in capsys.readouterr().out


def test_labels_come_along_with_a_release_and_its_epochs(tmp_path):
    columns = dict.fromkeys(METADATA, ["x"] * 4) | {
        "subject": ["a", "a", "b", "b"], "concept": ["cat", "dog"] * 2, "concept_id": [1, 2, 1, 2],
    }  # fmt: skip
    release, epochs = tmp_path / "release.h5", tmp_path / "release-epo.fif"
    with h5py.File(release, "w") as file:
        file.attrs.update(schema_version="1.0", sfreq=SFREQ, channel_names=NAMES)
        file.attrs.update(title="t", version="1", channel_positions_m=electrode_positions(NAMES))
        for name, values in {"eeg": eeg(1, 4), **columns}.items():
            file[name] = values
        file["split"][...] = ["train", "test"] * 2
    held_out = read_windows(release, 1.0, split="test")
    np.testing.assert_array_equal(held_out.eeg, eeg(1, 4)[1::2])
    assert held_out.labels["concept"].tolist() == ["dog"] * 2 and not held_out.notes
    to_epochs(release).save(epochs, verbose="error")
    first, second = (read_windows(path, 1.0) for path in (release, epochs))
    np.testing.assert_allclose(first.eeg, second.eeg, atol=1e-3)
    assert any("2 of train, 2 of test" in note for note in first.notes)
    for found in (first, second):
        assert found.channels == tuple(NAMES)
        assert found.labels["subject"].tolist() == columns["subject"]
        assert found.labels["concept"].tolist() == columns["concept"]
        assert set(found.labels["emotion"]) == {"x"}
    with h5py.File(release, "a") as file:
        file["emotion"][0] = ""
    assert "emotion" not in read_windows(release, 1.0).labels  # of a window it is not known


def test_volts_are_warned_of(tmp_path, arrays, capsys):
    real, _ = arrays
    volts = write(tmp_path / "volts.npy", eeg(2) * 1e-6)
    scores = run(tmp_path, real, volts, "--sfreq", SFREQ)
    (warning,) = scores["warnings"]
    assert "volts" in warning and f"warning: {warning}" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_scores(arrays):
    real, synthetic = (read_windows(path, 1.0) for path in arrays)
    first, again, other = (evaluate(real, synthetic, sfreq=SFREQ, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_what_cannot_be_read_is_said_in_one_line(tmp_path, arrays, capsys):
    real, _ = arrays
    pickled = tmp_path / "pickled.npy"
    np.save(pickled, np.array([{"a": 1}], object), allow_pickle=True)
    objects = tmp_path / "objects.npz"
    np.savez(objects, eeg=np.array([{"a": 1}], object))
    several = tmp_path / "several.npz"
    np.savez(several, a=eeg(1, 2), b=eeg(1, 2))
    (tmp_path / "notes.txt").write_text("not EEG")
    (tmp_path / "broken.edf").write_text("not EEG")
    (tmp_path / "empty").mkdir()
    for path, word in {
        tmp_path / "missing.npy": "nothing under that name",
        pickled: "pickle",
        objects: "pickle",
        several: "arrays a, b",
        tmp_path / "notes.txt": "MNE reads",
        tmp_path / "broken.edf": "MNE reads",
        tmp_path / "empty": "no such recording",
        write(tmp_path / "flat.npy", eeg(1)[0]): "windows x channels x samples",
        write(tmp_path / "none.npy", eeg(1)[:0]): "at least one window",
        write(tmp_path / "words.npy", np.full((2, 3, 4), "a")): "windows x channels x samples",
        write(tmp_path / "nan.npy", np.where(np.arange(N)[:, None, None] == 7, np.nan, eeg(1))):
            "the first in window 7",
    }.items():  # fmt: skip
        assert word in line(capsys, real, path, "--sfreq", SFREQ), path


def test_what_a_file_does_not_say_is_said_to_be_assumed(tmp_path, classifiers):
    named, bare = write(tmp_path / "x.npz", eeg(1)), write(tmp_path / "y.npy", eeg(2))
    csv = tmp_path / "labels.csv"
    pd.DataFrame({"subject": "a", "clip": range(N)}).to_csv(csv, index=False)
    scores = run(tmp_path, named, bare, "--labels", csv)
    rate, order = (
        next(text for text in scores["assumptions"] if part in text)
        for part in ("200 Hz, as", "same order")
    )
    assert str(bare) in rate and str(bare) in order and str(named) not in order
    assert any("columns clip of" in text for text in scores["assumptions"])


def test_epochs_need_no_name_of_epochs(tmp_path):
    path = write(tmp_path / "x-epo.fif", eeg(1, 5)).rename(tmp_path / "b_eeg.fif")
    np.testing.assert_allclose(read_windows(path, 1.0).eeg, eeg(1, 5), atol=1e-3)


def test_what_does_not_fit_is_said_in_one_line(tmp_path, arrays, capsys):
    real, synthetic = arrays
    assert "--sfreq" in line(capsys, real, synthetic)
    assert "80 Hz or more" in line(capsys, real, synthetic, "--sfreq", 30)
    assert "3 of them" in line(capsys, real, synthetic, *["--labels", real] * 3)
    slow = write(tmp_path / "slow.npz", eeg(1), sfreq=100.0)
    assert "resample" in line(capsys, slow, write(tmp_path / "x.npz", eeg(1)))
    assert "resample" in line(capsys, slow, synthetic, "--sfreq", SFREQ)
    fewer = write(tmp_path / "fewer.npy", eeg(1)[:, :4])
    assert "6 channels" in line(capsys, real, fewer, "--sfreq", SFREQ)
    other = write(tmp_path / "other.npz", eeg(1), names=[*NAMES[:5], "O2"])
    said = line(capsys, write(tmp_path / "named.npz", eeg(1)), other)
    assert "without O1, more O2" in said
    short = write(tmp_path / "short.npy", eeg(1)[..., :100])
    assert "--window-s" in line(capsys, real, short, "--sfreq", SFREQ)
    raw = write(tmp_path / "one_raw.fif", eeg(1, 1))
    assert "--window-s" in line(capsys, real, raw, "--window-s", 2)
    assert "above 0" in line(capsys, real, raw, "--window-s", 0)
    few = write(tmp_path / "few.npy", eeg(1, 4))
    paired = ("--sfreq", SFREQ, "--paired")
    assert "60 windows" in line(capsys, real, few, *paired, "--protocol", "generation")
    assert "--protocol" in line(capsys, real, synthetic, *paired)
    assert "--protocol" in line(capsys, real, synthetic, "--protocol", "generation")


def test_labels_that_do_not_fit_are_said_in_one_line(tmp_path, arrays, capsys):
    for name, table in {
        "rows": pd.DataFrame({"subject": ["a"] * 5}),
        "columns": pd.DataFrame({"person": ["a"] * N}),
        "holes": pd.DataFrame({"subject": ["a"] * (N - 1) + [None]}),
    }.items():
        csv = tmp_path / f"{name}.csv"
        table.to_csv(csv, index=False)
        assert "60 rows" in line(capsys, *arrays, "--sfreq", SFREQ, "--labels", csv)
    missing = tmp_path / "missing.csv"
    assert str(missing) in line(capsys, *arrays, "--sfreq", SFREQ, "--labels", missing)
