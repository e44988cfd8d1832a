"""Which rows of events.tsv show a video: by the name and, for GIFs, by the content of the file."""

import shutil
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from mne_bids import BIDSPath
from PIL import Image

from tests.drawn import numbered, read_number
from tests.sources.builders import build_bids, run_acquire, write_events
from videeg_pipe.config import load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.listing import list_subjects
from videeg_pipe.stimuli.video import frames_at

RUN = {"subject": "02", "task": "video", "run": "1", "suffix": "eeg", "datatype": "eeg"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def write_gif(path, n_pictures, ms=80):
    """Write a GIF that shows numbered pictures for `ms` each."""
    pictures = [Image.fromarray(numbered(number)) for number in range(n_pictures)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=ms, loop=0)
    return path


def acquired(folder, out, files, durations="n/a"):
    """Show files in sub-02, 2.5 s apart; return the clips of sub-02 and all findings."""
    values = build_bids(folder)
    for name, n_pictures in (("wave.gif", 25), ("still.gif", 1)):
        write_gif(folder / "stimuli" / name, n_pictures)
    onsets = [0.5 + 2.5 * place for place in range(len(files))]
    write_events(
        BIDSPath(root=folder, **RUN), onset=onsets, duration=durations, stim_file=list(files)
    )
    made = run_acquire(values, out)
    assert list_subjects(load(values)) == list(made["participants"]["subject"])
    clips = made["clips"]
    return clips[clips["recording_id"].str.startswith("sub-02")], made["findings"], made["videos"]


def test_a_gif_of_several_pictures_is_a_video(folder, tmp_path):
    clips, findings, videos = acquired(folder, tmp_path / "out", ["wave.gif", "clip.mp4"])
    assert list(clips["video_id"]) == ["wave", "clip"]
    assert list(clips["duration_s"]) == pytest.approx([2.0, 2.0])  # 25 pictures of 80 ms
    assert findings.empty
    (path,) = videos["path"][videos["video_id"] == "wave"]
    shown = frames_at(Path(path), np.array([0, 0.07, 0.09, 1.0, 1.99]), 64)
    assert [read_number(picture) for _, picture in shown] == [0, 0, 1, 12, 24]


def test_a_gif_of_one_picture_is_a_picture(folder, tmp_path):
    clips, findings, _ = acquired(
        folder, tmp_path / "out", ["wave.gif", "still.gif", "face.png", "clip.mp4"]
    )
    assert list(clips["video_id"]) == ["wave", "clip"]
    assert list(clips["onset_s"]) == [0.5, 8.0]
    assert list(findings["what"]) == [
        "2 of 4 rows of stim_file name a picture, sound or text instead of a video."
    ]


def test_a_recording_of_still_gifs_is_skipped(folder, tmp_path):
    _, findings, _ = acquired(folder, tmp_path / "out", ["still.gif", "not-shipped.gif"])
    assert list(findings["action"]) == ["skipped"]
    assert "pictures, sounds or texts in stim_file, and no video" in findings["what"].iloc[0]


def test_a_video_that_is_called_gif_is_read_and_a_text_refused(folder, tmp_path):
    values = build_bids(folder)
    shutil.copy(folder / "stimuli" / "clip.mp4", folder / "stimuli" / "film.gif")
    (folder / "stimuli" / "notes.gif").write_text("no pictures" * 20)
    to = BIDSPath(root=folder, **RUN)
    write_events(to, onset=[1.0], duration=[2.0], stim_file=["film.gif"])
    clips = run_acquire(values, tmp_path / "out")["clips"]
    assert list(clips["video_id"][-1:]) == ["film"]
    write_events(to, onset=[1.0], duration=[2.0], stim_file=["notes.gif"])
    with pytest.raises(UserError, match=r"notes\.gif"):
        run_acquire(values, tmp_path / "out")


def test_videos_between_pictures_keep_their_onsets(folder, tmp_path):
    files = ["a.jpg", "clip.mp4", "b.PNG", "more/other.mp4"]
    clips, findings, _ = acquired(folder, tmp_path / "out", files, ["1.5", "2.0", "n/a", "n/a"])
    assert list(clips["video_id"]) == ["clip", "other"]
    assert list(clips["onset_s"]) == [3.0, 8.0]
    assert list(clips["duration_s"]) == pytest.approx([2.0, 1.0])
    assert list(findings["action"]) == ["skipped"]


@pytest.mark.parametrize(
    "name", [r"more\other.mp4", r"stimuli\more\other.mp4", r".\more\other.mp4"]
)
def test_paths_of_windows_find_their_video(name, folder, tmp_path):
    clips, findings, videos = acquired(folder, tmp_path / "out", [name, r"faces\a.png"])
    assert list(clips["video_id"]) == ["other"]
    assert folder / "stimuli/more/other.mp4" in [*map(type(folder), videos["path"])]
    assert list(findings["action"]) == ["skipped", "repaired"]
    assert "not written relative to stimuli/ with slashes" in findings["what"].iloc[1]


@pytest.mark.parametrize("name", [r"C:\lab\stimuli\other.mp4", r"..\..\secret.mp4"])
def test_paths_of_windows_that_lead_elsewhere_are_refused(name, folder, tmp_path):
    with pytest.raises(UserError, match=r"no such file \(did you mean|which lies outside"):
        acquired(folder, tmp_path / "out", [name])


def test_a_column_of_the_lab_may_be_called_video(folder, tmp_path):
    values = build_bids(folder, subjects=("02",))
    columns = {"onset": [1.0, 4.0], "duration": "n/a", "video": ["river", "face"]}
    columns["stim_file"] = ["clip.mp4", "more/other.mp4"]
    write_events(BIDSPath(root=folder, **RUN), **columns)
    clips = run_acquire(values | {"bids": {"concept": "video"}}, tmp_path / "out")["clips"]
    assert list(clips["concept"]) == ["river", "face"]
    assert list(clips["video_id"]) == ["clip", "other"]


@pytest.mark.parametrize(("written", "stored"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_letters_may_have_another_unicode_form(written, stored, folder, tmp_path):
    values = build_bids(folder, subjects=("02",))
    name = "S\u00e4nger \u00dcbung.mp4"
    (folder / "stimuli" / "clip.mp4").rename(folder / "stimuli" / normalize(stored, name))
    columns = {"onset": [1.0], "duration": "n/a", "stim_file": [normalize(written, name)]}
    write_events(BIDSPath(root=folder, **RUN), **columns)
    made = run_acquire(values, tmp_path / "out")
    assert list(made["clips"]["video_id"]) == ["Sanger-Ubung"]
    said = ["Column stim_file has letters in another Unicode form than the files."]
    assert list(made["findings"]["what"]) == (said if written != stored else [])
