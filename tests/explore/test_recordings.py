"""Real windows beside samples."""

import numpy as np
import pytest

from tests.builders import build_results
from tests.generators import CHANNELS
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.explore.recordings import Recordings
from videeg_pipe.runtime.errors import UserError


def test_electrodes_come_in_the_order_of_the_release(run):
    seed = int(read_table(run / "windows.parquet", "windows")["seed"][0])
    window = Recordings(run, list(CHANNELS)).window(seed)
    turned = Recordings(run, list(CHANNELS[::-1])).window(seed)
    np.testing.assert_array_equal(turned, window[::-1])


def test_samples_of_another_run_have_no_recording(run):
    with pytest.raises(UserError, match="found no seed 5; explore the release in the results of"):
        Recordings(run, list(CHANNELS)).window(5)
    with pytest.raises(UserError, match="found other electrodes than XX"):
        Recordings(run, [*CHANNELS, "XX"]).window(5)


@pytest.mark.parametrize("truth", [True, False])
def test_the_true_response_of_simulated_recordings_is_known(tmp_path, truth):
    root = build_results(tmp_path, n_subjects=1, channels=CHANNELS, truth=truth)
    assert Recordings(root, list(CHANNELS)).have_truth == truth
