"""Errors, jobs, seeds, montage, bands and progress."""

import logging
import pickle
import subprocess
import sys
from itertools import pairwise

import mne
import numpy as np
import pytest

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed

JOB = """
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.jobs import job
with job({log!r}):
    {body}
"""


def run_job(tmp_path, body):
    log = tmp_path / "logs" / "job.log"
    done = subprocess.run(
        [sys.executable, "-c", JOB.format(log=str(log), body=body)], capture_output=True, text=True
    )
    return done, log.read_text()


def test_a_user_error_is_one_line_without_traceback(tmp_path):
    body = "raise UserError('a.npy', expected='62 channels', found='3\\n', next_step='look again')"
    done, log = run_job(tmp_path, body)
    assert done.returncode == 1
    line = "a.npy; expected 62 channels; found 3; look again"
    assert done.stderr.strip() == f"ERROR: {line}"
    assert line in log
    assert "Traceback" not in log


def test_a_user_error_comes_whole_out_of_another_process():
    error = UserError("a.npy", expected="62 channels", found="3", next_step="look again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (UserError, str(error))


def test_a_defect_keeps_its_traceback(tmp_path):
    done, log = run_job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "ZeroDivisionError" in log


def test_warnings_go_to_the_log(tmp_path):
    done, log = run_job(tmp_path, "import warnings; warnings.warn('odd units')")
    assert done.returncode == 0
    assert "odd units" in log


def test_seeds_depend_on_names_alone():
    assert derive_seed(42, "sub1", "w1") == derive_seed(42, "sub1", "w1") == 165498694025842388
    others = {
        derive_seed(42, "sub1w1"),
        derive_seed(43, "sub1", "w1"),
        derive_seed(42, "sub", "1w1"),
    }
    assert len(others | {derive_seed(42, "sub1", "w1")}) == 4
    assert all(0 <= seed < 2**63 for seed in others)


def test_seed_dv_has_62_electrodes_in_place():
    assert len(set(SEED_DV_CHANNELS)) == 62
    assert SEED_DV_CHANNELS[0] == "FP1"
    assert SEED_DV_CHANNELS[50] == "PO7"  # GLMNet's local branch starts here
    assert SEED_DV_CHANNELS[61] == "CB2"
    xyz = dict(zip(SEED_DV_CHANNELS, electrode_positions(), strict=True))
    radius = [np.linalg.norm(p) for p in xyz.values()]
    assert 0.06 < min(radius) < max(radius) < 0.15  # metres from the head's origin
    left, right = xyz["CB1"], xyz["CB2"]
    assert left[0] < 0 < right[0]
    assert left[1] < xyz["O1"][1] + 0.04  # at the back
    assert left[2] < xyz["PO7"][2]  # and below


def test_positions_are_in_head_coordinates():
    info = mne.create_info(["Cz", "Oz"], 200.0, "eeg").set_montage("colin27_1005")
    ours = electrode_positions(("Cz", "OZ"))
    np.testing.assert_allclose(ours, [channel["loc"][:3] for channel in info["chs"]], atol=1e-9)
    # the ears are the origin's height, so the vertex is about twice as far as from the middle
    assert ours[0, 2] > 0.12


def test_an_unknown_electrode_is_named():
    with pytest.raises(UserError, match="QX7"):
        electrode_positions(("CZ", "QX7"))


def test_bands_tile_the_pass_band():
    edges = list(BANDS.values())
    assert edges[0][0] == 0.5
    assert edges[-1][1] == 40.0
    assert all(low[1] == high[0] for low, high in pairwise(edges))


def test_progress_yields_everything_and_says_so(caplog):
    with caplog.at_level(logging.INFO):
        assert list(progress(range(5), "windows")) == [0, 1, 2, 3, 4]
    assert caplog.messages == ["windows: 5/5 done"]
