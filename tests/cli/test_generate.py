"""`videeg generate`, from the command line to the file."""

import itertools
import os
import re
import shutil

import h5py
import matplotlib.pyplot as plt
import mne
import numpy as np
import pytest

import videeg_pipe
from tests.drawn import write_video
from tests.real_data import real_bids
from videeg_pipe.cli.main import main
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.folder import GeneratorFolder


def run(packed, *arguments):
    return main(["generate", "--model", str(packed), *map(str, arguments)])


def test_a_video_becomes_a_file(packed, flashing, tmp_path, capsys):
    out = tmp_path / "{stimulus}.fif"
    assert run(packed, flashing, "--subject", "person-2", "-o", out) == 0
    assert "flashing.fif: SYNTHETIC EEG, 12 channels, 2.5 s" in capsys.readouterr().out
    raw = mne.io.read_raw_fif(tmp_path / "flashing.fif", verbose="error")
    assert raw.times[-1] == pytest.approx(2.495)


def test_a_figure_stands_beside_the_file(packed, flashing, tmp_path, capsys):
    options = ("--seconds", 1, "-o", tmp_path / "a.fif", "--figure")
    assert run(packed, flashing, *options) == 0
    assert plt.imread(tmp_path / "a.png").shape[2] == 4
    assert "a.png" in capsys.readouterr().out
    (tmp_path / "a.fif").unlink()
    assert run(packed, flashing, *options) == 1
    assert "a.png; expected a new name" in capsys.readouterr().err
    assert not (tmp_path / "a.fif").exists()
    assert run(packed, flashing, *options, "--overwrite") == 0


def test_facts_of_a_person(packed, flashing, tmp_path, capsys):
    facts = "age=30,sex=F,handedness=R"
    assert run(packed, flashing, "--person", facts, "--seconds", 1, "-o", tmp_path / "a.edf") == 0
    assert (tmp_path / "a.edf").exists()


@pytest.mark.slow
def test_real_clips_become_files(packed, tmp_path):
    """Clips of other sizes and frame rates than those of drawn videos."""
    names = ("flower", "friday", "bbb_30s_480p")
    clips = [real_bids() / "stimuli" / f"{name}.mp4" for name in names]
    options = ("--mean-only", "--seconds", 2, "-o", tmp_path / "{stimulus}.h5")
    assert run(packed, *clips, *options) == 0
    means = []
    for name in names:
        with h5py.File(tmp_path / f"{name}.h5") as file:
            means.append(file["eeg"][0])
    assert {mean.shape for mean in means} == {(12, 400)}
    assert np.isfinite(means).all()
    for one, other in itertools.combinations(means, 2):  # each has a response of its own
        assert np.abs(one - other).max() > 0.1 * np.ptp(one)


def test_a_mix_of_people_is_that_of_the_library(packed, flashing, tmp_path):
    path, mix = tmp_path / "a.h5", {"person-1": 0.75, "person-2": 0.25}
    given = "person-1=3, person-2=1"  # shares, whatever their sum
    assert run(packed, flashing, "--subject", given, "--seconds", 1, "-o", path) == 0
    with h5py.File(path) as file:
        made = file["eeg"][:]
        assert "0.75 person-1 + 0.25 person-2" in file.attrs["provenance"]
    eeg = videeg_pipe.generate(flashing, model=packed, subject=mix, seconds=1)
    np.testing.assert_array_equal(made, eeg.data)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--person", "age=old"), 1, "--person; expected facts such as .*; found age=old"),
        (("--person", "iq=100"), 1, "found iq=100"),
        (("--subject", "nobody"), 1, "subject; .*found nobody"),
        (("--subject", "person-1=0.7,anna=0.2,bob=0.1"), 1, "among person-1.*found anna, bob;"),
        (("--subject", "person-1=0,person-2=0"), 1, "positive sum; found none"),
        (("--subject", "person-1=-1,person-2=2"), 1, "positive sum; found person-1 -1, person-2 2"),
        (("--subject", "person-1=0.7,person-2"), 1, "--subject; expected .*; found person-2;"),
        (("--subject", "person-1=1,person-1=2"), 1, "each once; found person-1=2;"),
        (("--person", "age=30,age=40"), 1, "each once; found age=40"),
        (("--montage", "hat"), 1, "montage hat"),
        (("--draws", "0"), 2, "draws"),
    ],
)
def test_a_wrong_option_is_one_line(packed, flashing, tmp_path, capsys, arguments, status, message):
    assert run(packed, flashing, "-o", tmp_path / "a.fif", *arguments) == status
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and re.search(message, lines[0])
    assert list(tmp_path.iterdir()) == []


def test_a_length_is_checked_before_the_video_is_watched(
    packed, flashing, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(GeneratorFolder, "measure", lambda *_: pytest.fail("watched"))
    assert run(packed, flashing, "--seconds", 9, "-o", tmp_path / "a.fif") == 1
    assert "at most 2.5, the length of flashing.mp4; found 9" in capsys.readouterr().err


def shorter(tmp_path):
    black = (np.zeros((64, 64, 3), np.uint8) for _ in range(24))
    return write_video(tmp_path / "second.mp4", black)


def unreadable(tmp_path):
    path = tmp_path / "second.mp4"
    path.write_text("no video")
    return path


def taken(tmp_path):
    (tmp_path / "eeg-second.fif").write_text("mine")
    return shorter(tmp_path)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (shorter, "seconds; expected above 0 and at most 1, the length of second.mp4; found 2"),
        (unreadable, "second.mp4; expected"),
        (taken, "eeg-second.fif; expected a new name"),
    ],
)
def test_all_stimuli_are_checked_before_the_first_is_watched(
    packed, flashing, tmp_path, capsys, monkeypatch, second, message
):
    monkeypatch.setattr(GeneratorFolder, "measure", lambda *_: pytest.fail("watched"))
    other = second(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    out = tmp_path / "eeg-{stimulus}.fif"
    assert run(packed, flashing, other, "--seconds", 2, "-o", out) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_disk_without_space_is_refused_before_the_video_is_watched(
    packed, flashing, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(GeneratorFolder, "measure", lambda *_: pytest.fail("watched"))
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("videeg_pipe.runtime.disk.shutil.disk_usage", lambda _: full)
    assert run(packed, flashing, "-o", tmp_path / "a.fif") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "a.fif; expected" in line and "free on its disk" in line
    assert list(tmp_path.iterdir()) == []


def test_eeg_lies_on_the_disk_until_it_is_written(packed, flashing, tmp_path, monkeypatch):
    save, found = GeneratedEeg.save, []

    def noted(eeg, *arguments, **options):
        found.append(type(eeg.data))
        return save(eeg, *arguments, **options)

    monkeypatch.setattr(GeneratedEeg, "save", noted)
    assert run(packed, flashing, "--mean-only", "-o", tmp_path / "a.h5") == 0
    assert found == [h5py.Dataset] and [path.name for path in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.parametrize("name", ["take: 1.mp4", "concat:a.mp4", "a\nb.mp4", b"\xff.mp4"])
def test_any_name_of_a_video_will_do(packed, flashing, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    path = os.fsdecode(name)
    shutil.copy(flashing, path)
    assert run(packed, path, "--seconds", 0.1, "-o", "eeg.h5") == 0
    assert "eeg.h5: SYNTHETIC EEG" in capsys.readouterr().out


def test_a_video_is_never_an_address(packed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("http://127.0.0.1:1/a.mp4", "tcp:127.0.0.1:1"):
        assert run(packed, name, "-o", "eeg.h5") == 1
        assert "found no such file" in capsys.readouterr().err


def test_paths_are_checked_before_the_model_is_loaded(flashing, tmp_path, capsys):
    exists = tmp_path / "a.fif"
    exists.write_text("mine")
    for out, words in ((exists, "--overwrite"), (tmp_path / "no" / "a.fif", "expected a folder")):
        assert main(["generate", str(flashing), "--model", "nowhere", "-o", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert exists.read_text() == "mine"
    same = [str(flashing), str(flashing), "-o", str(tmp_path / "{stimulus}.fif")]
    assert main(["generate", *same]) == 1
    assert "stimuli of the same name" in capsys.readouterr().err
    several = [str(flashing), str(flashing), "-o", str(tmp_path / "b.fif")]
    assert main(["generate", *several]) == 1
    assert "{stimulus}" in capsys.readouterr().err
    assert main(["generate", str(flashing), "-o", str(tmp_path / "{stimuls}.fif")]) == 1
    assert "other name in braces than {stimulus}; found {stimuls}" in capsys.readouterr().err
    missing = [str(tmp_path / "none.mp4"), "-o", str(tmp_path / "b.fif")]
    assert main(["generate", *missing]) == 1
    assert "none.mp4" in capsys.readouterr().err
