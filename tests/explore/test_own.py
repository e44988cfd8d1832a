"""Videos that are dropped into the page."""

import base64
import io
import json
import tempfile
import threading
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.drawn import numbered, write_video
from tests.explore.conftest import ADDRESS, client_of
from videeg_pipe import load_generator
from videeg_pipe.explore import model, own
from videeg_pipe.report.head import LARGEST

PAGE = {"origin": ADDRESS}
HOSTILE = "../../<img src=x onerror=alert(1)>.mp4"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where uploads go; nothing is left in it."""
    path = tmp_path / "uploads"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    yield path
    assert not list(path.iterdir())


@pytest.fixture(scope="module")
def page(run):
    return client_of(run / "generator")


def upload(client, content, name="clip.mp4", headers=PAGE, **asked):
    params = {"name": name, **asked}
    return client.post("/api/own", params=params, content=content, headers=headers)


def eeg_of(answer):
    assert answer.status_code == 200, answer.text
    made = answer.json()
    eeg = np.frombuffer(base64.b64decode(made["eeg"]), "<i2") * made["step"]
    return eeg.reshape(len(made["head"]["channels"]), -1), made


@pytest.mark.parametrize("asked", [{"subject": "sub2"}, {"subject": "", "mean": ""}])
def test_a_video_gets_the_eeg_of_the_generator(page, run, flashing, asked):
    eeg, made = eeg_of(upload(page, flashing.read_bytes(), **asked))
    expected = load_generator(run / "generator").generate(
        flashing, subject=asked["subject"] or None, mean_only="mean" in asked
    )
    assert made["seconds"] == 2.5 and made["head"]["sfreq"] == 200
    np.testing.assert_allclose(eeg, expected.data[0], atol=np.abs(expected.data).max() / LARGEST)
    (view,) = made["views"]
    assert view["start"] == 0 and view["length"] == 500
    picture = base64.b64decode(view["frames"].removeprefix("data:image/jpeg;base64,"))
    assert PIL.Image.open(io.BytesIO(picture)).size == (640, 160)


def test_a_long_video_is_shown_in_pieces(page, tmp_path):
    film = write_video(tmp_path / "film.mp4", map(numbered, range(24 * 9)))
    eeg, made = eeg_of(upload(page, film.read_bytes()))
    assert eeg.shape[1] == 1800
    assert [(view["start"], view["length"]) for view in made["views"]] == [
        (0, 800), (800, 800), (1000, 800)
    ]  # fmt: skip


def test_a_stimulus_program_is_a_video(page):
    program = {"kind": "flicker", "frame_rate": 24, "duration_s": 1, "frequency": 6}
    eeg, _ = eeg_of(upload(page, json.dumps(program).encode(), name="Flicker.JSON"))
    assert eeg.shape[1] == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"origin": "https://evil.example"}, {"origin": "http://127.0.0.1:1"},
     {"origin": "http://localhost:8765"}],
)  # fmt: skip
def test_other_pages_cannot_upload(page, flashing, headers):
    answer = upload(page, flashing.read_bytes(), headers=headers)
    assert answer.status_code == 403 and answer.json() == {"error": "only this page may upload"}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "clip.mp4", "the video is empty"),
        (b"no video at all", "clip.mp4", "clip.mp4; expected a video"),
        (b"{}", "p.json", "p.json; expected a stimulus program; found"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "a.png; expected a video"),
        (b"x", HOSTILE, f"{HOSTILE}; expected a video"),
        (b"x", "", "the video; expected a video"),
    ],
)
def test_other_files_are_refused_in_one_line(page, folder, content, name, message):
    answer = upload(page, content, name=name)
    error = answer.json()["error"]
    assert answer.status_code == 400 and error.startswith(message)
    assert "\n" not in error and str(folder) not in error and "upload-of-page" not in error


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{video}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {video}\n",
        "ffconcat version 1.0\nfile upload-of-page\n",
    ],
)
def test_a_playlist_reaches_no_other_file(page, flashing, text):
    answer = upload(page, text.format(video=flashing).encode(), name="list.m3u8")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("list.m3u8; expected a video; found a text")


def test_an_unknown_person_is_refused(page, flashing):
    answer = upload(page, flashing.read_bytes(), subject="nobody")
    assert answer.status_code == 400 and "found nobody" in answer.json()["error"]


def chunks():
    for _ in range(5):
        yield bytes(1000)


@pytest.mark.parametrize("content", [bytes(5000), chunks()], ids=["declared", "undeclared"])
def test_a_huge_file_is_refused(page, monkeypatch, content):
    monkeypatch.setattr(own, "MOST_BYTES", 4000)
    answer = upload(page, content)
    assert answer.status_code == 413 and answer.json()["error"].startswith("the video is larger")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_named(page, monkeypatch):
    monkeypatch.setattr(own, "Path", lambda *_: Path("/dev/full"))
    answer = upload(page, bytes(10))
    assert answer.status_code == 507
    assert answer.json() == {"error": "the disk has no space for the video"}


def test_a_long_video_is_refused_before_it_is_decoded(page, monkeypatch, flashing):
    monkeypatch.setattr(model, "MOST_S", 2.0)
    answer = upload(page, flashing.read_bytes())
    assert answer.json()["error"] == (
        "clip.mp4; expected at most 2 s; found 2 s; cut it, or use videeg generate, which has no "
        "limit"
    )


def test_huge_pictures_are_refused(page, monkeypatch, flashing):
    monkeypatch.setattr(model, "_MOST_PIXELS", 1000)
    assert "found 64 x 64" in upload(page, flashing.read_bytes()).json()["error"]


def test_one_video_at_a_time(page, monkeypatch, flashing):
    started, may_end = threading.Event(), threading.Event()

    def slow(*_, **__):
        started.set()
        may_end.wait(20)
        return {}

    monkeypatch.setattr(model.Model, "generate", slow)
    first = threading.Thread(target=upload, args=(page, flashing.read_bytes()))
    first.start()
    assert started.wait(20)
    second = upload(page, flashing.read_bytes())
    may_end.set()
    first.join()
    assert second.status_code == 409 and "another video" in second.json()["error"]
    assert upload(page, flashing.read_bytes()).status_code == 200


def test_a_question_for_an_upload_is_refused(page):
    assert page.get("/api/own").status_code == 405
