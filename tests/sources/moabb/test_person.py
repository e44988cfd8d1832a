"""One person: MOABB's recordings as blocks, trials and stimulus programs."""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from tests.sources.moabb import files, runs
from tests.sources.moabb.written import block, blocks, found_in, programs, trials_of
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.moabb.listing import RECORD
from videeg_pipe.sources.moabb.person import load_runs, write_person
from videeg_pipe.sources.recording import BOUNDARY

KALUNGA = DATASETS["Kalunga2016"]


def write(monkeypatch, tmp_path, recorded, person=1, row=KALUNGA, events=files.KALUNGA_CODES):
    runs.replace(monkeypatch, recorded, events)
    write_person(row, person, data=tmp_path / "data", record=tmp_path / "person" / RECORD)
    return tmp_path / "person"


def test_blocks_are_parts_of_runs_without_gap_or_overlap(monkeypatch, tmp_path):
    recorded = [runs.flicker(seed) for seed in range(2)]
    folder = write(monkeypatch, tmp_path, recorded)
    pieces, trials = blocks(folder), trials_of(folder)
    assert len(pieces) == 8
    for number, raw in enumerate(recorded):
        own = np.concatenate([p.get_data() for p in pieces[4 * number : 4 * number + 4]], axis=1)
        np.testing.assert_allclose(own, runs.volts(raw), rtol=1e-6)
    assert trials.groupby("block").size().tolist() == 8 * [8]
    starts = np.cumsum([0, *(p.n_times for p in pieces)])[trials["block"] - 1]
    samples = starts + trials["onset_s"] * runs.SFREQ
    expected = np.concatenate(
        [
            np.flatnonzero(raw.get_data("stim")[0]) + n * raw.n_times
            for n, raw in enumerate(recorded)
        ]
    )
    np.testing.assert_allclose(samples, expected, atol=1e-6)
    for raw, (_, own) in zip(pieces, trials.groupby("block"), strict=True):
        assert own["onset_s"].min() > 0  # the pause is divided between the neighbours
        assert own["onset_s"].max() + KALUNGA.trial_s < raw.n_times / runs.SFREQ


def test_a_trial_has_the_program_of_its_event(monkeypatch, tmp_path):
    folder = write(monkeypatch, tmp_path, [runs.flicker(0), runs.flicker(1)])
    trials, shown = trials_of(folder), programs(folder)
    names = ["rest", "flicker-13hz", "flicker-21hz", "flicker-17hz"]
    assert trials["stimulus"].tolist() == 16 * names
    assert set(shown) == set(names)
    assert shown["rest"].kind == "blank"
    assert (shown["flicker-17hz"].frequency, shown["flicker-17hz"].phase) == (17, None)
    assert shown["flicker-17hz"].duration_s >= KALUNGA.trial_s + 1 / 13
    rest = trials["stimulus"] == "rest"
    assert (trials["phase_known"] == rest).all()
    assert (trials.loc[rest, "start_s"] == 0).all()
    assert trials.loc[~rest, "start_s"].between(0, 1 / 13).all()


def test_runs_beyond_those_of_the_table_are_left_out(monkeypatch, tmp_path):
    folder = write(monkeypatch, tmp_path, [runs.flicker(seed) for seed in range(3)])
    assert len(blocks(folder)) == 8


def test_the_copied_run_is_left_out(monkeypatch, tmp_path):
    recorded = [runs.flicker(seed) for seed in range(3)]
    folder = write(monkeypatch, tmp_path, recorded, person=7)
    assert len(blocks(folder)) == 8
    first = block(folder, 1).get_data()
    expected = runs.volts(recorded[1])[:, : first.shape[1]]
    np.testing.assert_allclose(first, expected, rtol=1e-6)


@pytest.mark.parametrize("metres", [1e-3, 1.0])
def test_positions_are_in_metres(monkeypatch, tmp_path, metres):
    recorded = [runs.flicker(seed, metres=metres) for seed in range(2)]
    folder = write(monkeypatch, tmp_path, recorded)
    assert any("millimetres" in what for what in found_in(folder)) == (metres < 1)
    own = [channel["loc"][:3] for channel in block(folder, 1).info["chs"]]
    given = [metres * channel["loc"][:3] for channel in recorded[0].info["chs"][:4]]
    np.testing.assert_allclose(own, given, atol=1e-6)


def test_without_positions_those_of_the_template_are_taken(monkeypatch, tmp_path):
    recorded = [runs.flicker(seed, names=("Oz", "O1", "X9"), montage=False) for seed in range(2)]
    folder = write(monkeypatch, tmp_path, recorded)
    assert block(folder, 1).ch_names == ["Oz", "O1"]
    assert found_in(folder) == [
        "Channels without a position are left out: X9.",
        "Electrodes have no positions: those of the 10-05 template are taken.",
    ]
    assert all(np.linalg.norm(c["loc"][:3]) > 0.05 for c in block(folder, 1).info["chs"])


def test_a_channel_without_a_position_is_left_out(monkeypatch, tmp_path):
    recorded = [runs.flicker(seed, names=("Oz", "X9", "O1", "O2"), metres=1.0) for seed in range(2)]
    folder = write(monkeypatch, tmp_path, recorded)
    assert found_in(folder) == ["Channels without a position are left out: X9."]
    raw = block(folder, 1)
    assert raw.ch_names == ["Oz", "O1", "O2"]
    expected = runs.volts(recorded[0])[[0, 2, 3], : raw.n_times]
    np.testing.assert_allclose(raw.get_data(), expected, rtol=1e-6)


def test_fewer_blocks_than_the_table_says_are_refused(monkeypatch, tmp_path):
    message = r"Kalunga2016, person 10; expected trials of 12 blocks; found those of 8; .*\.path"
    with pytest.raises(UserError, match=message):
        write(monkeypatch, tmp_path, [runs.flicker(0), runs.flicker(1)], person=10)
    assert not (tmp_path / "person" / RECORD).exists()


def test_repeats_that_lack_a_target_are_refused(monkeypatch, tmp_path):
    row = replace(KALUNGA, blocks="repeat", n_blocks=(8,), n_people=1)
    folder = write(monkeypatch, tmp_path / "whole", [runs.flicker(0)], row=row)
    shown = trials_of(folder).groupby("block")["stimulus"]
    assert shown.nunique().tolist() == shown.size().tolist() == 8 * [4]
    with pytest.raises(UserError, match="expected trials of 8 blocks; found those of 7"):
        write(monkeypatch, tmp_path / "cut", [runs.flicker(0, n_trials=31)], row=row)


def test_cut_trials_are_joined_at_boundaries(monkeypatch, tmp_path):
    row = replace(KALUNGA, blocks="repeat", n_blocks=(8,), delay_s=0.5, epoch_s=6.0, trial_s=5.0)
    recorded = runs.flicker(0)
    folder = write(monkeypatch, tmp_path, [recorded], row=row)
    raw, own = block(folder, 3), trials_of(folder).groupby("block").get_group(3)
    n, events = round(6 * runs.SFREQ), np.flatnonzero(recorded.get_data("stim")[0])
    for place, event in enumerate(events[8:12]):
        joined = raw.get_data(start=place * n, stop=(place + 1) * n)
        np.testing.assert_allclose(joined, runs.volts(recorded)[:, event : event + n], rtol=1e-6)
    assert raw.n_times == 4 * n
    np.testing.assert_allclose(own["onset_s"], 6 * np.arange(4) + 0.5)
    assert set(raw.annotations.description) == {BOUNDARY}
    np.testing.assert_allclose(raw.annotations.onset, [6, 12, 18])


def test_a_run_that_ends_within_a_trial_is_refused(monkeypatch, tmp_path):
    cut = runs.flicker(1).crop(tmax=2.5 + 8 * 31 + 4.5)  # half a second before its end
    message = r"person 1, run 2; expected 5 s of every trial; found 4\.5\d* s of the one at 250\.5"
    with pytest.raises(UserError, match=message):
        write(monkeypatch, tmp_path, [runs.flicker(0), cut])
    assert not (tmp_path / "person" / RECORD).exists()


def test_without_moabb_the_next_step_is_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "moabb", None)
    with pytest.raises(UserError, match=r"source\.kind moabb.*pip install '\.\[moabb\]' in the"):
        load_runs(KALUNGA, 1, tmp_path)


def pretend(monkeypatch, get_data):
    """Put a MOABB in place whose one class does this."""
    package, module = ModuleType("moabb"), ModuleType("moabb.datasets")
    own = {"get_data": lambda self, subjects: get_data(subjects), "event_id": {"13": 2}}
    module.Kalunga2016, package.datasets = type("Kalunga2016", (), own), module
    monkeypatch.setitem(sys.modules, "moabb", package)
    monkeypatch.setitem(sys.modules, "moabb.datasets", module)


def test_an_error_of_moabb_is_one_line_with_the_next_step(monkeypatch, tmp_path):
    def fails(subjects):
        raise ConnectionError("Name or service\nnot known" + 300 * "x")

    pretend(monkeypatch, fails)
    with pytest.raises(UserError) as error:
        write_person(KALUNGA, 5, data=tmp_path / "data", record=tmp_path / "person" / RECORD)
    line = str(error.value)
    assert "\n" not in line
    for part in ("Kalunga2016, person 5", str(tmp_path / "data"), "Name or service", "zenodo"):
        assert part in line
    assert not (tmp_path / "person" / RECORD).exists()


def test_sessions_and_runs_are_in_order(monkeypatch, tmp_path):
    pretend(monkeypatch, lambda subjects: {3: {"10": {"0": "d"}, "2": {"1": "c", "0": "b"}}})
    recorded = load_runs(KALUNGA, 3, tmp_path)
    assert recorded.runs == ["b", "c", "d"]
    assert recorded.events == {2: "13"}


@pytest.mark.slow
def test_missing_files_without_a_network(monkeypatch, tmp_path):
    import moabb.datasets.download as download

    def retrieve(*args, **options):
        raise ConnectionError("Max retries exceeded")

    monkeypatch.setattr(download, "retrieve", retrieve)
    with pytest.raises(UserError) as error:
        write_person(KALUNGA, 2, data=tmp_path / "data", record=tmp_path / "person" / RECORD)
    line = str(error.value)
    assert "\n" not in line
    for part in ("Kalunga2016, person 2", str(tmp_path / "data"), "ConnectionError: Max retries"):
        assert part in line
    assert "put the files from https://zenodo.org/records/2392979 into" in line
    assert not (tmp_path / "person" / RECORD).exists()


@pytest.mark.slow
def test_a_folder_that_was_set_up_for_moabb_is_not_read(monkeypatch, tmp_path):
    monkeypatch.setenv("MNE_DATASETS_NAKANISHI_PATH", str(tmp_path / "elsewhere"))
    files.nakanishi(tmp_path / "data", 2)
    assert len(load_runs(DATASETS["Nakanishi2015"], 2, tmp_path / "data").runs) == 1
