"""One seed gives one release, whatever the number of cores and parts."""

import h5py
import numpy as np
import pytest

from tests.workflow.clone import run_snakemake, tiny, write_config


@pytest.mark.slow
@pytest.mark.nightly
def test_another_number_of_cores_and_parts_gives_the_same_release(tiny_run, clone):
    write_config(clone / "again.yaml", **tiny(run={"results": "again"}, sample={"part_size": 24}))
    target = "again/release/videeg-gen.h5"
    done = run_snakemake(clone, target, "--configfile", "again.yaml", cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = tiny_run / "results", clone / "again"
    assert len(list(first.glob("samples/*/part-*.json"))) == 2
    assert len(list(second.glob("samples/*/part-*.json"))) == 1
    with (
        h5py.File(first / "release" / "videeg-gen.h5") as one,
        h5py.File(second / "release" / "videeg-gen.h5") as other,
    ):
        assert one.keys() == other.keys()
        assert one["eeg"].shape == (24, 62, 200)
        for name in one:
            np.testing.assert_array_equal(one[name][:], other[name][:], err_msg=name)
        assert len(np.unique(one["eeg"][:, 0, 0])) == 24  # no two samples are equal


@pytest.mark.slow
def test_another_seed_gives_another_release(tiny_run, clone):
    write_config(clone / "seed.yaml", **tiny(run={"results": "seed", "seed": 43}))
    done = run_snakemake(clone, "seed/eeg/sub1.json", "--configfile", "seed.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    eeg = [np.load(r / "eeg" / "sub1-s1-b1.npy") for r in (tiny_run / "results", clone / "seed")]
    assert np.abs(np.corrcoef(eeg[0].ravel(), eeg[1].ravel())[0, 1]) < 0.5
