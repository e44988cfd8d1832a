"""Filters, text and labels of samples."""

import numpy as np
import pytest

from benchmarks.reader import write_samples
from videeg_pipe import load_release
from videeg_pipe.explore.browse import Browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    path = tmp_path_factory.mktemp("browse") / "videeg-gen.h5"
    labels = {
        "sample_id": ["a-1", "a-2", "b-10", "b-11"],
        "subject": ["anna", "anna", "bert", "bert"],
        "concept": ["Sea", "Zürich", "Sea", "cat"],
        "emotion": ["", "positive", "negative", "positive"],
        "video_id": ["film", "film", "clip", "clip"],
        "video_time_s": [0.0, 1.0, float("nan"), 2.0],
    }
    write_samples(path, np.zeros((4, 4, 8), np.float32), ("FZ", "CZ", "PZ", "OZ"), labels)
    return Browser(load_release(path))


@pytest.mark.parametrize(
    ("filters", "text", "rows"),
    [
        ({}, "", [0, 1, 2, 3]),
        ({"subject": "bert"}, "", [2, 3]),
        ({"subject": "bert", "concept": "Sea"}, "", [2]),
        ({"subject": "nobody"}, "", []),
        ({"emotion": "positive", "split": "train"}, "", [1]),
        ({"seed": "5", "subject": ""}, "", [0, 1, 2, 3]),
        ({}, "SEA", [0, 2]),
        ({}, "zürich", [1]),
        ({}, "b-1", [2, 3]),
        ({}, "clip", [2, 3]),
        ({"subject": "anna"}, "sea", [0]),
        ({}, "%", []),
    ],
)
def test_rows_that_filters_and_text_leave(browser, filters, text, rows):
    assert browser.select(filters, text).tolist() == rows


def test_choices_are_the_labels_that_occur(browser):
    assert browser.choices["subject"] == ["anna", "bert"]
    assert browser.choices["emotion"] == ["negative", "positive"]


def test_labels_are_plain_values(browser):
    assert browser.describe(1)["concept"] == "Zürich"
    assert browser.describe(1)["video_time_s"] == 1.0
    assert browser.describe(2)["video_time_s"] is None
    with pytest.raises(IndexError):
        browser.describe(4)
