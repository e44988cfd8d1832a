"""Tables of the phantom, by the code that reads SEED-DV's layout."""

import numpy as np
import pytest

from tests.sources.builders import LAYOUT, build_seed_dv, eeg, run_acquire
from videeg_pipe.runtime.errors import UserError


def test_the_phantom_has_one_session_and_a_truth(tmp_path):
    folder = tmp_path / "phantom"
    build_seed_dv(folder)
    (folder / "truth").mkdir()
    for subject in ("sub1", "sub2"):
        np.save(folder / "truth" / f"{subject}.npy", eeg())
    values = {"phantom": {"n_subjects": 2, "layout": LAYOUT}}
    made = run_acquire(values, tmp_path / "out", str(tmp_path))
    assert len(made["recordings"]) == 4  # the second session of the folder is not the phantom's
    truth = made["recordings"].set_index("recording_id")["truth_path"]
    assert truth["sub2-s1-b2"] == str(folder / "truth" / "sub2.npy")
    assert made["videos"]["redistributable"].all()
    assert set(made["videos"]["licence"]) == {"CC-BY-4.0"}
    (folder / "truth" / "sub2.npy").unlink()
    with pytest.raises(UserError, match=r"truth/sub2\.npy"):
        run_acquire(values, tmp_path / "out", str(tmp_path))
