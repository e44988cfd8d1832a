"""Some of many windows: no more than asked for, from everywhere, the same ones each time."""

import numpy as np
import torch

from videeg_pipe.models.parts.subset import rows_per_person, thinned


def test_few_windows_are_all_kept():
    subject = np.array([1, 0, 1, 1, 0, 1])
    assert rows_per_person(subject, 4).tolist() == list(range(6))
    x = torch.arange(12.0).reshape(6, 2)
    assert thinned(x, 6) is x


def test_nobody_loses_windows_to_a_person_who_has_many():
    subject = np.repeat([0, 1, 2], [30, 5000, 400])
    rows = rows_per_person(subject, 500)
    assert np.bincount(subject[rows]).tolist() == [30, 500, 400]
    assert (np.diff(rows) > 0).all() and rows.tolist() == rows_per_person(subject, 500).tolist()


def test_windows_at_each_place_of_a_clip_are_kept():
    n, most = 40_000, 4000
    rows = thinned(torch.arange(n), most)
    assert len(rows) == most and (rows.diff() > 0).all()
    places = torch.bincount(rows % 10, minlength=10)  # two windows per clip, five clips in a row
    assert places.min() > 0.8 * most / 10
