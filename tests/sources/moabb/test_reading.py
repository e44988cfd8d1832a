"""Single blocks read back."""

import mne
import numpy as np
import pytest

from tests.sources.builders import run_acquire
from tests.sources.moabb.runs import NAMES, flicker, volts
from tests.sources.moabb.test_tables import config
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.moabb.reading import load_truth
from videeg_pipe.sources.recording import BOUNDARY, load_recording


@pytest.fixture
def rows(two_people, tmp_path):
    return list(run_acquire(config(), tmp_path, str(two_people))["recordings"].itertuples())


def test_a_block_is_read_in_volts_with_its_positions(rows):
    raw = load_recording("moabb", rows[0])
    assert raw.ch_names == list(NAMES)
    expected = volts(flicker(seed=10))[:, : raw.n_times]
    np.testing.assert_allclose(raw.get_data(), expected, rtol=1e-6)
    assert all(0.05 < np.linalg.norm(channel["loc"][:3]) < 0.2 for channel in raw.info["chs"])
    assert load_truth(rows[0], raw) is None


def test_boundaries_are_kept(tmp_path, rows):
    raw = load_recording("moabb", rows[0])
    raw.set_annotations(mne.Annotations([6.0], [0.0], [BOUNDARY]))
    raw.save(tmp_path / "joined_raw.fif", verbose="error")
    again = load_recording("moabb", rows[0]._replace(path=str(tmp_path / "joined_raw.fif")))
    assert again.annotations.description.tolist() == [BOUNDARY]
    assert again.annotations.onset.tolist() == [6.0]


@pytest.mark.parametrize("content", [None, b"nothing"])
def test_a_missing_or_broken_block_is_named(tmp_path, rows, content):
    path = tmp_path / "block-01_raw.fif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"block-01_raw\.fif; expected a block .*delete the folder"):
        load_recording("moabb", rows[0]._replace(path=str(path)))
