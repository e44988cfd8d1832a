"""From files with pauses to windows: each window holds the EEG of its second."""

import mne
import numpy as np
import pandas as pd
import pytest

from tests.sources.builders import build_bids, run_acquire
from tests.sources.eeg_files import write_brainvision, write_edf, write_eeglab
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.preprocess.windows import cut_windows
from videeg_pipe.runtime.files import read_json

SFREQ = 250
NAMES = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]
ONSETS_S = (2.0, 7.0, 16.0, 20.0)
"""Clock time; the second video (2 s) runs when the recording stops at 8 s, until 13 s."""
STORED_S = (2.0, 7.0, 11.0, 15.0)
SUBJECTS = ("01", "02", "03")


def brain(seed):
    """EEG with a bump 0.5 s after each onset, on an offset of 3 mV after the pause; (20, N), uV."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(20 * SFREQ) / SFREQ
    mixing = rng.standard_normal((20, 20)) + 2
    values = mixing @ np.cumsum(rng.standard_normal((20, times_s.size)), axis=1) / 10
    values += 2 * rng.standard_normal(values.shape)
    shape = np.linspace(-1, 1, 20)[:, None]
    for onset_s in STORED_S:
        values += 150 * shape * np.exp(-((times_s - onset_s - 0.5) ** 2) / (2 * 0.04**2))
    return values + 1000 * (times_s >= 8)


def write(kind, path, values):
    data = (values, NAMES, SFREQ)
    notes = tuple((round(at * SFREQ), "S  1") for at in STORED_S)
    if kind in (".edf", ".bdf"):
        starts = [*range(8), *range(13, 25)]
        write_edf(path, *data, onsets_s=starts, kind=f"{kind[1:].upper()}+D")
    elif kind == ".vhdr":
        segments = [(0, "20200101120000000000"), (8 * SFREQ, "20200101120013000000")]
        write_brainvision(path, *data, segments=segments, notes=notes)
    else:
        write_eeglab(path, *data, boundaries=[(8 * SFREQ, 5 * SFREQ)], notes=notes)


@pytest.mark.parametrize(
    "kind",
    [".edf", *(pytest.param(kind, marks=pytest.mark.slow) for kind in (".bdf", ".vhdr", ".set"))],
)
def test_windows_after_a_pause_are_in_time(tmp_path, kind):
    values = build_bids(tmp_path / "data", subjects=SUBJECTS)
    for seed, subject in enumerate(SUBJECTS):
        folder = tmp_path / "data" / f"sub-{subject}" / "eeg"
        stem = f"sub-{subject}_task-video_run-1"
        (folder / f"{stem}_eeg.edf").unlink()
        (folder / f"{stem}_eeg.json").unlink()
        write(kind, folder / f"{stem}_eeg{kind}", brain(seed))
        rows = [(at, "n/a", "walk", "clip.mp4") for at in ONSETS_S]
        rows.append((21.2, 0.3, "BAD_cable", "n/a"))
        columns = ["onset", "duration", "trial_type", "stim_file"]
        file = folder / f"{stem}_events.tsv"
        pd.DataFrame(rows, columns=columns).to_csv(file, sep="\t", index=False)
    run_acquire(values, tmp_path / "manifest")
    manifests = [tmp_path / "eeg" / f"sub-{subject}.json" for subject in SUBJECTS]
    with mne.use_log_level("error"):
        for manifest in manifests:
            preprocess_subject(
                manifest.stem,
                source="bids",
                recordings=tmp_path / "manifest" / "recordings.parquet",
                config=PreprocessOptions(max_bad_fraction=1, bad_channels="keep"),
                seed=42,
                manifest=manifest,
            )
    cut_windows(
        recordings=tmp_path / "manifest" / "recordings.parquet",
        clips=tmp_path / "manifest" / "clips.parquet",
        eeg_manifests=manifests,
        windows=WindowsOptions(),
        split=SplitOptions(by="subject", validation=[-2], test=[-1]),
        out=tmp_path / "cut.parquet",
        index=tmp_path / "eeg" / "index.json",
    )
    cut = read_table(tmp_path / "cut.parquet", "cut")
    kept = cut[cut["subject"] == "sub-01"]["window_id"].str.extract(r"c(\d+)-w(\d)").astype(int)
    # the second windows of the second clip (in the pause) and of the last (a bad cable) are dropped
    assert kept.to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [3, 0]]
    dropped = read_json(tmp_path / "eeg" / "index.json")["dropped_windows"]
    assert dropped == {"pause": 3, "BAD_cable": 3}
    first = cut[cut["window_id"].str.endswith("-w0")]
    windows = EegStore(tmp_path / "eeg").windows(first)
    shape = np.linspace(-1, 1, 20)
    course = np.einsum("c,nct->nt", shape / (shape @ shape), windows)
    np.testing.assert_allclose(course.argmax(axis=1), 100, atol=1)  # 0.5 s at 200 Hz
    assert (abs(course.max(axis=1) - 140) < 30).all()
    assert windows.std() < 60  # the offset of 1000 uV stays out
