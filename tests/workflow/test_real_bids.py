"""Real EEG and videos in BIDS lead to a release, and to a report at chance level."""

import h5py
import pytest

from tests.real_data import real_bids
from tests.workflow.clone import run_snakemake, tiny, write_config
from videeg_pipe.runtime.files import read_json


@pytest.mark.slow
def test_real_recordings_run_to_a_release_and_a_report(clone):
    source = {"kind": "bids", "path": str(real_bids())}
    small = tiny(run={"results": "results-real"}, source=source)
    # three people: one each for training, validation and test
    small["source"]["subjects"] = ["sub-001", "sub-038", "sub-040"]
    del small["phantom"], small["split"]
    small["sample"] |= {"part_size": 60}
    small["release"]["n_samples"] = 60
    # chance needs more than 16 windows, and c2st would compare 40 or more
    small["evaluation"] = {"max_windows": 32, "mean_draws": 2}
    overlay = write_config(clone / "real.yaml", **small)
    done = run_snakemake(clone, "all", "--configfile", "config/bids.yaml", str(overlay))
    assert done.returncode == 0, done.stdout + done.stderr
    results = clone / "results-real"
    with h5py.File(results / "release" / "videeg-gen.h5") as h5:
        assert h5["eeg"].shape == (60, 64, 200)
        assert h5.attrs["sfreq"] == 200
        assert set(h5["concept"].asstr()[:]) == {"animation", "flower", "friday"}
    metrics = read_json(results / "evaluation" / "spgn" / "metrics.json")
    assert not metrics["alignment"]["chance"]["above_chance"]  # the pairing is invented
    assert metrics["alignment"]["ceiling_r"]["value"] is None
    page = (results / "report" / "validation.html").read_text(encoding="utf-8")
    assert "The conditioning is at chance." in page
