"""The files of a part: a full disk, and the order in which they reach it."""

import numpy as np
import pytest

from tests.limited import limited
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sample.part import PartFiles

EEG = np.random.default_rng(0).standard_normal((3, 62, 500)).astype(np.float32)


def write(manifest):
    PartFiles(manifest, "key").open(EEG.shape, {}).write(0, EEG[0])


def test_samples_say_that_a_quota_is_used_up(tmp_path):
    with pytest.raises(UserError, match=r"part-000\.zarr; expected space on the disk"):
        limited(100_000, write, tmp_path / "part-000.json")
