"""The picture stream: trials as recordings, in files of the example's shape and in the example."""

import mne
import numpy as np
import pytest

from tests.real_data import real_fpvs
from tests.sources.builders import run_acquire
from videeg_pipe.config import load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.fpvs.listing import (
    FILE,
    N_TRIALS,
    list_files,
    list_recordings,
    list_subjects,
)
from videeg_pipe.sources.fpvs.reading import load_recording

NAMES = ["Oz", "O1", "O2", "Pz"]
SFREQ = 64.0
CODES = [101 + n if n % 3 else 201 + n for n in range(N_TRIALS)]


def volts(n=N_TRIALS, seconds=16):
    return 1e-5 * np.random.default_rng(0).standard_normal((n, len(NAMES), round(SFREQ * seconds)))


def build(folder, codes=CODES, metres=1e-3):
    """Write epochs; by default their electrodes are in millimetres, as in the example."""
    folder.mkdir(parents=True, exist_ok=True)
    info = mne.create_info([*NAMES, "Status"], SFREQ, ["eeg"] * len(NAMES) + ["stim"])
    info.set_montage(mne.channels.make_standard_montage("colin27_1020"), on_missing="ignore")
    for channel in info["chs"]:
        channel["loc"][:3] /= metres
    values = np.concatenate([volts(len(codes)), np.zeros((len(codes), 1, 1024))], axis=1)
    events = np.column_stack([np.arange(len(codes)), np.zeros(len(codes)), codes]).astype(int)
    epochs = mne.EpochsArray(values, info, events, verbose="error")
    epochs.save(folder / FILE, overwrite=True, verbose="error")
    return {"source": {"kind": "fpvs", "path": str(folder)}}


def test_every_trial_is_a_recording_with_its_program(tmp_path):
    made = run_acquire(build(tmp_path / "data"), tmp_path / "out")
    recordings, clips = made["recordings"], made["clips"].set_index("recording_id")
    assert recordings["block"].tolist() == list(range(1, 17))
    assert (recordings["n_channels"] == 4).all()
    assert (clips["duration_s"] == 16).all()
    kinds = ["periodic" if code < 200 else "random" for code in CODES]
    assert clips.loc[recordings["recording_id"], "video_id"].tolist() == kinds
    assert set(made["videos"]["fps"]) == {60.0}
    assert (made["findings"]["action"] == "assumed").sum() == 3


@pytest.mark.parametrize("metres", [1e-3, 1.0])
def test_a_trial_is_read_in_volts_with_positions_in_metres(tmp_path, metres):
    config = build(tmp_path / "data", metres=metres)
    made = run_acquire(config, tmp_path / "out")
    repaired = made["findings"]["what"][made["findings"]["action"] == "repaired"].tolist()
    assert repaired == (
        ["Electrode positions are in millimetres, although the file says metres."]
        if metres < 1
        else []
    )
    for number, row in enumerate(made["recordings"].itertuples()):
        raw = load_recording(row)
        np.testing.assert_allclose(raw.get_data(), volts()[number], rtol=1e-6)
        distances = [np.linalg.norm(channel["loc"][:3]) for channel in raw.info["chs"]]
        assert all(0.05 < distance < 0.15 for distance in distances)
    assert raw.ch_names == NAMES


@pytest.mark.parametrize(
    ("codes", "found"), [(CODES[:15], "15 trials"), ([*CODES[:15], 301], "301")]
)
def test_another_recording_is_refused(tmp_path, codes, found):
    config = build(tmp_path / "data", codes)
    with pytest.raises(UserError, match=rf"example-epo\.fif; expected 16 trials.*{found}"):
        run_acquire(config, tmp_path / "out")


def test_a_missing_file_and_a_broken_one_are_named(tmp_path):
    config = {"source": {"kind": "fpvs", "path": str(tmp_path)}}
    with pytest.raises(UserError, match=r"example-epo\.fif.*no such file.*make real"):
        list_subjects(load(config))
    (tmp_path / FILE).write_bytes(b"no epochs")
    with pytest.raises(UserError, match="expected epochs in the format of MNE"):
        run_acquire(config, tmp_path / "out")


def test_listing_needs_no_reading(tmp_path):
    config = load(build(tmp_path / "data"))
    assert list_recordings(config) == [("sub-01", 1, block) for block in range(1, 17)]
    assert [file.rsplit("/", 1)[-1] for file in list_files(config, "results")] == [
        FILE,
        "periodic.json",
        "random.json",
    ]


def test_the_example_is_read(tmp_path):
    config = {"source": {"kind": "fpvs", "path": str(real_fpvs())}}
    made = run_acquire(config, tmp_path)
    assert (made["recordings"]["n_samples"] == 4096).all()
    assert (made["clips"]["video_id"] == "periodic").sum() == 8
    raw = load_recording(next(made["recordings"].itertuples()))
    assert len(raw.ch_names) == 64
    oz = raw.copy().pick(["Oz"]).get_data()[0]
    power = np.abs(np.fft.rfft(oz - oz.mean())) ** 2  # 16 s: bins of 1/16 Hz
    neighbours = np.r_[power[6 * 16 - 12 : 6 * 16 - 2], power[6 * 16 + 3 : 6 * 16 + 13]]
    assert power[6 * 16] > 5 * neighbours.mean()
