"""Answers about samples: labels, EEG, frames and neighbours."""

import io
import tracemalloc

import numpy as np
import PIL.Image
import pytest

from benchmarks.reader import write_samples
from tests.explore.conftest import client_of
from videeg_pipe import load_generator, load_release
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table


def eeg_of(client, row, kind):
    answer = client.get(f"/api/samples/{row}/eeg/{kind}")
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, "<f4").reshape(12, 200)


@pytest.fixture(scope="module")
def release(run):
    return load_release(run / "release" / "videeg-gen.h5")


def test_the_setup_names_what_there_is(client):
    found = client.get("/api/setup").json()["samples"]
    assert found["n"] == 96 and found["frames"]
    assert found["kinds"] == ["generated", "real", "truth", "mean"]
    assert found["choices"]["split"] == ["test", "train", "validation"]
    assert len(found["head"]["channels"]) == 12


def test_samples_come_in_pages(client, release):
    ids = release.values("sample_id").tolist()
    pages = [client.get(f"/api/samples?offset={first}").json() for first in (0, 50, 100)]
    assert [len(page["samples"]) for page in pages] == [50, 46, 0]
    assert [s["sample_id"] for page in pages for s in page["samples"]] == ids
    assert all(page["total"] == 96 for page in pages)


def test_filters_and_text_select(client, release):
    asked = {"subject": "sub2", "concept": "concept 3", "split": "test", "text": "W1"}
    found = client.get("/api/samples", params=asked).json()
    assert found["total"] == 2
    for sample in found["samples"]:
        assert sample["sample_id"].startswith("sub2-s1-b3") and sample["sample_id"].endswith("w1")
        assert sample == client.get(f"/api/samples/{sample['row']}").json()
        assert release[sample["row"]]["sample_id"] == sample["sample_id"]


def test_generated_eeg_is_that_of_the_release(client, release):
    for row in (0, 41, 95):
        np.testing.assert_array_equal(eeg_of(client, row, "generated"), release[row]["eeg"])


def test_the_recording_is_the_window_that_the_sample_was_made_for(client, run, release):
    windows = read_table(run / "windows.parquet", "windows").set_index("window_id")
    store = EegStore(run / "eeg")
    for row in (3, 77):
        window = windows.loc[[release[row]["sample_id"]]]
        np.testing.assert_array_equal(eeg_of(client, row, "real"), store.windows(window)[0])
        truth = store.windows(window, truth=True)[0]
        np.testing.assert_array_equal(eeg_of(client, row, "truth"), truth)


def test_the_conditional_mean_is_that_of_the_generator(client, run, release):
    generator = load_generator(run / "generator")
    sample = release.with_fields(("clip_features", "stimulus_track", "subject"))[5]
    expected = generator.conditional_mean(
        sample["clip_features"], sample["stimulus_track"], sample["subject"]
    )
    np.testing.assert_array_equal(eeg_of(client, 5, "mean"), expected)


def test_frames_are_those_of_the_video_of_the_run(client, release):
    videos = release.values("video_id")
    answer = client.get(f"/api/samples/{np.flatnonzero(videos == 'video1')[0]}/frames")
    assert answer.headers["content-type"] == "image/jpeg"
    assert PIL.Image.open(io.BytesIO(answer.content)).size == (4 * 213, 160)  # 160 x 120 pixels
    lost = client.get(f"/api/samples/{np.flatnonzero(videos == 'video2')[0]}/frames")
    assert lost.status_code == 404 and lost.json()["error"] == "no frames of this sample"


def test_neighbours_are_of_the_selected_samples(client):
    found = client.get("/api/samples/2/neighbours?subject=sub2").json()
    assert found["total"] == found["searched"] == 48 and len(found["samples"]) == 6
    assert {sample["subject"] for sample in found["samples"]} == {"sub2"}
    distances = [sample["distance_db"] for sample in found["samples"]]
    assert distances == sorted(distances) and 0 < distances[0] < 20


@pytest.mark.parametrize(
    ("address", "status", "error"),
    [
        ("/api/samples/96", 404, "no such sample; there are 96"),
        ("/api/samples/99999999999999999999/eeg/generated", 404, "no such sample; there are 96"),
        ("/api/samples/0/eeg/other", 404, "no such kind of EEG here; there are generated, real"),
        ("/api/samples?offset=x", 400, "the offset must be a whole number"),
    ],
)
def test_wrong_questions_get_one_line(client, address, status, error):
    answer = client.get(address)
    assert answer.status_code == status and answer.json()["error"].startswith(error)


def test_a_generator_of_other_electrodes_gives_no_mean(run, tmp_path):
    path = tmp_path / "videeg-gen.h5"
    write_samples(path, np.zeros((2, 4, 8), np.float32), ("FZ", "CZ", "PZ", "OZ"))
    found = client_of(path, run / "generator").get("/api/setup").json()
    assert found["samples"]["kinds"] == ["generated"] and found["own"]


@pytest.mark.slow
def test_many_samples_are_not_loaded(tmp_path):
    path = tmp_path / "videeg-gen.h5"
    eeg = np.random.default_rng(0).standard_normal((20_000, 4, 100)).astype(np.float32)
    write_samples(path, eeg, ("FZ", "CZ", "PZ", "OZ"))
    tracemalloc.start()
    try:
        client = client_of(path)
        found = client.get("/api/samples?text=w19999&offset=0").json()
        last = client.get("/api/samples?offset=19990").json()
        got = np.frombuffer(client.get("/api/samples/19999/eeg/generated").content, "<f4")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [sample["row"] for sample in found["samples"]] == [19999]
    assert [sample["row"] for sample in last["samples"]] == list(range(19990, 20000))
    np.testing.assert_array_equal(got.reshape(4, 100), eeg[-1])
    assert peak < eeg.nbytes / 2
