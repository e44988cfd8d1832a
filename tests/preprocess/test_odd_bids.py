"""BIDS folders with random quirks: the right EEG comes out, or the run is refused."""

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mne
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

from tests.sources.builders import run_acquire, write_video
from tests.sources.eeg_files import NAMES, write_brainvision, write_edf, write_eeglab
from videeg_pipe.config import load
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.preprocess.windows import cut_windows
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json

SFREQ = 200
LENGTH_S = 24
ONSETS_S = (2.0, 8.0, 17.0)
CLIP_S = 2.0
GAP_S = (9, 12)  # of clock time, where a recording has a pause: within a clip
PEOPLE = ("01", "02", "03")
LEAST_READ = 0.3  # of the folders; the others are refused
WITHIN_UV = 0.5  # EDF stores steps of 0.06 uV, which interpolation multiplies; the SD is 10 uV

PLAIN = {
    "format": "edf",
    "unit": "uV",
    "declared_unit": "uV",
    "order": "same",
    "second person": "same",
    "pause": False,
    "bad_row": False,
    "people": "plain",
    "frame": "CapTrak",
    "declared_m": "right",
    "events": "plain",
    "montage": "own",
    "rate": "right",
    "onsets": "auto",
}
QUIRKS: Mapping[str, st.SearchStrategy] = {
    "format": st.sampled_from(
        ["edf", "edf+", "edf reversed", "bdf", "brainvision", "eeglab", "eeglab fdt"]
    ),
    "unit": st.sampled_from(["uV", "µV", "uv", "nV", "mV", "V", "", ".V", "n/a"]),
    "declared_unit": st.sampled_from(["uV", "µV", "V", "mV", "n/a"]),
    "order": st.sampled_from(["same", "reversed"]),  # of channels.tsv
    "second person": st.sampled_from(["same", "reversed"]),  # order of the channels of its file
    "pause": st.booleans(),
    "bad_row": st.booleans(),
    "people": st.sampled_from(["plain", "no prefix", "capitals", "two columns", "row missing"]),
    "frame": st.sampled_from(["CapTrak", "EEGLAB", "ALS", "RAS", "ARS", "Other", "n/a"]),
    "declared_m": st.sampled_from(["right", "wrong"]),
    "events": st.sampled_from(["plain", "twice", "shuffled", "nan row", "start and end"]),
    "montage": st.sampled_from(["own", "seed-dv"]),
    "rate": st.sampled_from(["right", "wrong"]),
    "onsets": st.sampled_from(["auto", "clock"]),
}
IN_UV = {"uV": 1.0, "µV": 1.0, "uv": 1.0, "nV": 1e3, "mV": 1e-3, "V": 1e-6}
"""Stored value of a microvolt; a header without a known unit stores microvolts."""


@pytest.fixture(scope="module")
def signals():
    """Microvolts of three people, (C, N): smooth over the scalp, 1/f over frequency."""
    positions = electrode_positions(NAMES)
    made = []
    for seed in range(len(PEOPLE)):
        rng = np.random.default_rng(seed)
        sources = rng.standard_normal((40, 3))
        sources *= 0.09 / np.linalg.norm(sources, axis=1, keepdims=True)
        distance = np.linalg.norm(positions[:, None] - sources, axis=-1)
        n = SFREQ * LENGTH_S
        spectrum = np.fft.rfft(rng.standard_normal((40, n)))
        spectrum /= np.maximum(np.fft.rfftfreq(n, 1 / SFREQ), 0.5)
        eeg = np.exp(-(distance**2) / (2 * 0.04**2)) @ np.fft.irfft(spectrum, n)
        eeg *= 10 / eeg.std()
        made.append(eeg + 0.5 * rng.standard_normal(eeg.shape))
    return made


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("stimuli") / "clip.mp4", round(24 * CLIP_S))


def few(n):
    return settings(
        max_examples=n,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.mark.slow
def test_odd_files_give_the_right_eeg_or_are_refused(signals, video):
    outcomes = []

    @few(12)
    @given(st.fixed_dictionaries(QUIRKS))
    @example(PLAIN)
    @example(PLAIN | {"bad_row": True, "pause": True, "montage": "seed-dv"})
    def try_one(quirks):
        outcomes.append(check(signals, video, quirks))

    try_one()
    assert outcomes.count("read") >= LEAST_READ * len(outcomes), outcomes


@pytest.mark.nightly
def test_many_odd_files_give_the_right_eeg_or_are_refused(signals, video):
    outcomes = []

    @few(300)
    @given(st.fixed_dictionaries(QUIRKS))
    def try_one(quirks):
        outcomes.append(check(signals, video, quirks))
        event(outcomes[-1].split(";")[-1])

    try_one()
    assert outcomes.count("read") >= LEAST_READ * len(outcomes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "edf+"),
        ("format", "bdf"),
        ("format", "brainvision"),
        ("format", "eeglab fdt"),
        ("people", "capitals"),
        ("second person", "reversed"),
        ("bad_row", True),
        ("montage", "seed-dv"),
    ],
)
def test_one_quirk_alone_is_read(signals, video, name, value):
    assert check(signals, video, PLAIN | {name: value}) == "read"


def check(signals, video, quirks):
    """Compare all windows with MNE's result from the known signal; return "read" or the error."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write_folder(root / "data", signals, video, quirks)
        try:
            store, cut = run(root, quirks)
        except UserError as error:
            return str(error)
        for number, (person, eeg) in enumerate(zip(PEOPLE, signals, strict=True)):
            rows = cut[cut["subject"] == f"sub-{person}"]
            assert sorted(rows["start_sample"] / SFREQ) == times(quirks)
            bads = read_json(store.root / f"sub-{person}.json")["recordings"][0]["bad_channels"]
            expected, positions = by_mne(eeg, bads, quirks)
            if number == 0:
                assert np.linalg.norm(store.positions - positions, axis=1).max() < 0.02
            found = store.windows(rows)
            right = np.stack([expected[:, at : at + SFREQ] for at in rows["start_sample"]])
            assert np.abs(found - right).max() < WITHIN_UV
        check_people(root, quirks)
        return "read"


def times(quirks):
    """Seconds at which windows may start: those of clips, none that touches the pause."""
    starts = {onset + place for onset in ONSETS_S for place in (0.0, 1.0)}
    if quirks["bad_row"]:
        starts -= {3.0}  # 3.5 to 3.7 s is marked as bad
    if quirks["pause"]:
        starts -= {9.0}
    return sorted(starts)


def by_mne(eeg_uv, bads, quirks):
    """Clean a known signal by MNE's own steps; (C, N) microvolts and positions."""
    info = mne.create_info(list(NAMES), SFREQ, "eeg")
    with mne.use_log_level("error"):
        raw = mne.io.RawArray(eeg_uv * 1e-6, info).set_montage(montage(NAMES))
        raw.info["bads"] = bads
        if quirks["pause"]:
            pause = mne.Annotations(GAP_S[0], GAP_S[1] - GAP_S[0], "BAD_ACQ_SKIP")
            raw.set_annotations(pause)
        raw.filter(0.5, 40.0)
        raw.interpolate_bads()
        if quirks["montage"] == "seed-dv":
            raw = raw.interpolate_to(montage(SEED_DV_CHANNELS), method="spline")
        raw.set_eeg_reference("average")
    return raw.get_data() * 1e6, np.array([channel["loc"][:3] for channel in raw.info["chs"]])


def montage(names):
    places = dict(zip(names, electrode_positions(names), strict=True))
    return mne.channels.make_dig_montage(places, coord_frame="head")


def check_people(root, quirks):
    people = read_table(root / "out" / "participants.parquet", "participants").set_index("subject")
    known = people.loc["sub-01", ["age", "sex"]]
    if quirks["people"] == "row missing":
        assert known.isna().all()
    else:
        assert list(known) == [31, "F"]


def run(root, quirks) -> tuple[EegStore, pd.DataFrame]:
    values = {
        "source": {"kind": "bids", "path": str(root / "data")},
        "split": {"by": "subject", "validation": [-2], "test": [-1]},
        "preprocess": {"montage": quirks["montage"]},
        "bids": {"onsets": quirks["onsets"]},
    }
    config = load(values)
    logging.disable(logging.CRITICAL)
    try:
        run_acquire(values, root / "out")
        manifests = [root / "eeg" / f"sub-{person}.json" for person in PEOPLE]
        for person, manifest in zip(PEOPLE, manifests, strict=True):
            preprocess_subject(
                f"sub-{person}",
                source="bids",
                recordings=root / "out" / "recordings.parquet",
                config=config.preprocess,
                seed=1,
                manifest=manifest,
            )
        cut_windows(
            recordings=root / "out" / "recordings.parquet",
            clips=root / "out" / "clips.parquet",
            eeg_manifests=manifests,
            windows=config.windows,
            split=config.split,
            out=root / "cut.parquet",
            index=root / "eeg" / "index.json",
        )
    finally:
        logging.disable(logging.NOTSET)
    return EegStore(root / "eeg"), read_table(root / "cut.parquet", "cut")


def write_folder(root: Path, signals, video: Path, quirks: Mapping[str, Any]) -> None:
    """Write a BIDS folder of three people with these quirks."""
    (root / "stimuli").mkdir(parents=True)
    shutil.copy(video, root / "stimuli" / "clip.mp4")
    (root / "dataset_description.json").write_text(
        json.dumps({"Name": "odd", "BIDSVersion": "1.9.0", "License": "CC0"})
    )
    write_people(root / "participants.tsv", quirks["people"])
    for person, eeg in zip(PEOPLE, signals, strict=True):
        stem = root / f"sub-{person}" / "eeg" / f"sub-{person}_task-video_"
        stem.parent.mkdir(parents=True)
        turned = person == PEOPLE[1] and quirks["second person"] == "reversed"
        write_eeg(stem, *((eeg[::-1], NAMES[::-1]) if turned else (eeg, NAMES)), quirks)
        names = NAMES if quirks["order"] == "same" else NAMES[::-1]
        channels = pd.DataFrame({"name": names, "type": "EEG", "units": quirks["declared_unit"]})
        write_tsv(f"{stem}channels.tsv", channels)
        facts = {"TaskName": "video", "SamplingFrequency": SFREQ, "PowerLineFrequency": 50}
        facts |= {"EEGReference": "Cz", "SoftwareFilters": "n/a"}
        if quirks["rate"] == "wrong":
            facts["SamplingFrequency"] = 2 * SFREQ
        Path(f"{stem}eeg.json").write_text(json.dumps(facts))
        write_places(stem.parent / f"sub-{person}_", quirks)
        write_tsv(f"{stem}events.tsv", events(quirks))


def write_tsv(path: str, table: pd.DataFrame) -> None:
    table.to_csv(path, sep="\t", index=False, na_rep="n/a")


def write_eeg(
    stem: Path, eeg: np.ndarray, names: tuple[str, ...], quirks: Mapping[str, Any]
) -> None:
    unit, form = quirks["unit"], quirks["format"]
    per_uv = IN_UV.get(unit, 1.0)
    seconds = np.arange(LENGTH_S)
    onsets_s = None
    if quirks["pause"]:
        seconds = np.setdiff1d(seconds, np.arange(*GAP_S))
    kept = (seconds[:, None] * SFREQ + np.arange(SFREQ)).ravel()
    eeg = eeg[:, kept]
    cut = GAP_S[0] * SFREQ
    if form.startswith(("edf", "bdf")):
        if form == "edf+" or quirks["pause"]:
            onsets_s = seconds.tolist()
        write_edf(
            Path(f"{stem}eeg.{form[:3]}"),
            eeg,
            names,
            SFREQ,
            dimension=unit.encode("latin-1"),
            per_uv=per_uv,
            onsets_s=onsets_s,
            reversed_range=form == "edf reversed",
        )
    elif form == "brainvision":
        segments = ((0, 0.0), (cut, GAP_S[1])) if quirks["pause"] else ((0, 0.0),)
        write_brainvision(
            Path(f"{stem}eeg.vhdr"),
            eeg,
            names,
            SFREQ,
            unit=unit,
            per_uv=per_uv,
            segments=segments,
        )
    else:
        gap = [(cut, (GAP_S[1] - GAP_S[0]) * SFREQ)] if quirks["pause"] else []
        fdt = f"{stem.name}eeg.fdt" if form == "eeglab fdt" else None
        write_eeglab(Path(f"{stem}eeg.set"), eeg, names, SFREQ, boundaries=gap, fdt=fdt)


def write_places(stem: Path, quirks: Mapping[str, Any]) -> None:
    """Write positions in the axes that the frame's name means, in millimetres."""
    x, y, z = electrode_positions(NAMES).T * 1000
    forward = {"EEGLAB": (y, -x), "ALS": (y, -x), "ARS": (y, x)}
    first, second = forward.get(quirks["frame"], (x, y))
    table = pd.DataFrame({"name": NAMES, "x": first, "y": second, "z": z})
    write_tsv(f"{stem}electrodes.tsv", table)
    facts = {"EEGCoordinateSystem": quirks["frame"], "EEGCoordinateSystemDescription": "given"}
    facts["EEGCoordinateUnits"] = "mm" if quirks["declared_m"] == "right" else "m"
    Path(f"{stem}coordsystem.json").write_text(json.dumps(facts))


def write_people(path: Path, quirk: str) -> None:
    ids = [f"sub-{person}" for person in PEOPLE]
    table = pd.DataFrame({"participant_id": ids, "age": ["31", "40", "50"], "sex": ["F", "M", "M"]})
    if quirk == "no prefix":
        table["participant_id"] = PEOPLE
    if quirk == "capitals":
        table.columns = ["Participant_ID", "Age", "Sex"]
    if quirk == "two columns":
        table.insert(1, "again", ["x", "y", "z"])
        table.columns = ["participant_id", "participant_id", "age", "sex"]
    if quirk == "row missing":
        table = table[1:]
    write_tsv(str(path), table)


def events(quirks: Mapping[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame({"onset": ONSETS_S, "duration": CLIP_S, "trial_type": "a"})
    table["stim_file"] = "clip.mp4"
    if quirks["events"] == "twice":
        table = table.loc[table.index.repeat(2)]
    if quirks["events"] == "shuffled":
        table = table[::-1]
    if quirks["events"] == "start and end":
        ends = table.assign(onset=table["onset"] + CLIP_S, trial_type="end")
        table = pd.concat([table, ends]).sort_values("onset").assign(duration=0.0)
    if quirks["events"] == "nan row":
        table.loc[len(table)] = ["nan", 1.0, "button", "n/a"]
    if quirks["bad_row"]:
        table.loc[len(table) + 10] = [3.5, 0.2, "BAD_moved", "n/a"]
    return table
