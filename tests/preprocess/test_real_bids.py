"""Real recordings in BIDS: 64 channels at 160 Hz, with positions and channels.tsv."""

import shutil
from pathlib import Path

import mne
import mne_bids
import numpy as np
import pandas as pd
import pytest

from tests.preprocess.sources import cleaned
from tests.real_data import REAL_BIDS, real_bids
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.contracts.tables import TABLES, write_table
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json


@pytest.fixture(autouse=True)
def _real_recordings():
    real_bids()


def table_of(root: Path, data: Path, subjects: tuple[str, ...]) -> Path:
    rows = [
        (f"{name}-r{run}", name, 1, run, str(file), 160.0, 9760, 64, 1e6, "0" * 64, None)
        for name in subjects
        for run, file in enumerate(sorted((data / name / "eeg").glob("*_eeg.edf")), start=1)
    ]
    assert len(rows) == 2 * len(subjects)
    path = root / "recordings.parquet"
    columns = list(TABLES["recordings"].columns)[: len(rows[0])]
    write_table(path, "recordings", pd.DataFrame(rows, columns=columns))
    return path


def run(root: Path, table: Path, subject: str, **options) -> Path:
    manifest = root / "eeg" / f"{subject}.json"
    preprocess_subject(
        subject,
        source="bids",
        recordings=table,
        config=PreprocessOptions(**options),
        seed=42,
        manifest=manifest,
    )
    return manifest


def copy_of(root: Path, subject: str) -> Path:
    data = root / "data with 'spaces' ä"
    for path in [REAL_BIDS / "dataset_description.json", *(REAL_BIDS / subject).rglob("*")]:
        if path.is_file():
            target = data / path.relative_to(REAL_BIDS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return data


def test_own_electrodes(tmp_path):
    manifest = run(tmp_path, table_of(tmp_path, REAL_BIDS, ("sub-003",)), "sub-003")
    stored = read_json(manifest)
    assert [r["n_samples"] for r in stored["recordings"]] == [12200, 12200]
    assert len(stored["channels"]) == 64
    positions = np.array(stored["positions_m"])
    assert positions[stored["channels"].index("Oz"), 1] < -0.05  # at the back of the head
    assert 0.08 < np.linalg.norm(positions, axis=1).mean() < 0.14
    # C4 and CP6 of this person swing 20 times as far as their neighbours
    assert {"C4", "CP6"} <= set(stored["recordings"][0]["bad_channels"])
    eeg = cleaned(manifest)
    assert np.abs(eeg.sum(axis=0)).max() < 0.01
    assert (eeg.std(axis=1) > 3).all()
    assert (eeg.std(axis=1) < 150).all()


def test_strong_alpha_is_not_a_bad_channel(tmp_path):
    manifest = run(tmp_path, table_of(tmp_path, REAL_BIDS, ("sub-001",)), "sub-001")
    closed = cleaned(manifest, 1)  # the second run is with closed eyes
    back = [read_json(manifest)["channels"].index(name) for name in ("O1", "Oz", "O2")]
    assert closed[back].std() > 1.2 * cleaned(manifest, 0)[back].std()
    bads = read_json(manifest)["recordings"][1]["bad_channels"]
    assert not set(bads) & {"O1", "Oz", "O2", "PO7", "PO8", "Iz"}


def test_the_time_axis_is_that_of_the_recording(tmp_path):
    manifest = run(
        tmp_path, table_of(tmp_path, REAL_BIDS, ("sub-001",)), "sub-001",
        bad_channels="keep", reference="recorded",
    )  # fmt: skip
    channel = read_json(manifest)["channels"].index("Cz")
    file = sorted((REAL_BIDS / "sub-001" / "eeg").glob("*_eeg.edf"))[0]
    path = mne_bids.get_bids_path_from_fname(file)
    raw = mne_bids.read_raw_bids(path, verbose="ERROR").load_data()
    raw.filter(0.5, 40, verbose="ERROR")
    own = raw.get_data("Cz")[0] * 1e6
    at_200 = np.interp(np.arange(12200) / 200, raw.times, own)
    assert np.corrcoef(at_200, cleaned(manifest)[channel])[0, 1] > 0.99
    # every fourth sample of 160 Hz is every fifth of 200 Hz
    np.testing.assert_allclose(cleaned(manifest)[channel, ::5], own[::4], atol=2)


def test_onto_the_62_of_seed_dv(tmp_path):
    manifest = run(
        tmp_path, table_of(tmp_path, REAL_BIDS, ("sub-038",)), "sub-038", montage="seed-dv"
    )
    stored = read_json(manifest)
    assert tuple(stored["channels"]) == SEED_DV_CHANNELS
    own_root = tmp_path / "own"
    own = run(own_root, table_of(own_root, REAL_BIDS, ("sub-038",)), "sub-038")
    names = [name.upper() for name in read_json(own)["channels"]]
    for name in ("FZ", "CZ", "PZ", "OZ", "C3", "P4"):
        ours, theirs = cleaned(manifest)[stored["channels"].index(name)], cleaned(own)
        assert np.corrcoef(ours, theirs[names.index(name)])[0, 1] > 0.9


def test_channels_marked_bad_are_interpolated(tmp_path):
    data = copy_of(tmp_path, "sub-038")
    listing = sorted((data / "sub-038" / "eeg").glob("*run-1_channels.tsv"))[0]
    lines = listing.read_text(encoding="utf-8").splitlines()
    lines = [s.replace("\tgood\t", "\tbad\t") if s.startswith("Cz\t") else s for s in lines]
    listing.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = table_of(tmp_path, data, ("sub-038",))
    with mne.use_log_level("ERROR"):
        first, second = read_json(run(tmp_path, table, "sub-038"))["recordings"]
    assert "Cz" in first["bad_channels"]
    assert "Cz" not in second["bad_channels"]


def test_a_truncated_recording_is_refused(tmp_path):
    data = copy_of(tmp_path, "sub-038")
    table = table_of(tmp_path, data, ("sub-038",))
    file = sorted((data / "sub-038" / "eeg").glob("*run-2_eeg.edf"))[0]
    file.write_bytes(file.read_bytes()[:600_000])
    with pytest.raises(UserError, match=r"run-2_eeg\.edf"):
        run(tmp_path, table, "sub-038")
    assert not list((tmp_path / "eeg").iterdir())
    file.unlink()
    with pytest.raises(UserError, match="no such file"):
        run(tmp_path, table, "sub-038")
