import numpy as np
import pytest

from tests.decode.world import write_clips
from videeg_pipe.contracts.generated_clips import GeneratedClips
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.errors import UserError


def test_eeg_and_clips_come_back_unless_damaged(tmp_path):
    clips = read_table(write_clips(tmp_path) / "clips_cut.parquet", "clips_cut").iloc[:3]
    eeg = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    made = GeneratedClips(tmp_path / "made" / "clips.json")
    with GeneratedClips.fill(made.manifest, eeg.shape, clips) as stored:
        stored[:] = eeg
    np.testing.assert_array_equal(made.eeg(), eeg)
    assert made.clips().equals(clips)
    np.save(made.manifest.with_name("eeg.npy"), -eeg)
    with pytest.raises(UserError, match=r"eeg\.npy"):
        GeneratedClips(made.manifest).eeg()
