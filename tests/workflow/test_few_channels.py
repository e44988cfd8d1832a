"""Flicker in front of few electrodes leads to a release and a report."""

import h5py
import pytest

from tests.sources.patch import EIGHT, FOUR, build_patch
from tests.workflow.clone import run_snakemake, tiny, write_config
from videeg_pipe.runtime.files import read_json


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("names", [FOUR, EIGHT], ids=["four", "eight"])
def test_occipital_channels_run_to_a_release_and_a_report(clone, names):
    results = clone / f"results-few-{len(names)}"
    small = tiny(run={"results": results.name}, sample={"part_size": 24})
    del small["phantom"]
    source = build_patch(clone / f"few-{len(names)}", names)
    overlay = write_config(clone / f"few-{len(names)}.yaml", **small | source)
    done = run_snakemake(clone, "all", "--configfile", "config/bids.yaml", str(overlay))
    assert done.returncode == 0, done.stdout + done.stderr
    for person in ("sub-01", "sub-02"):
        recordings = read_json(results / "eeg" / f"{person}.json")["recordings"]
        assert [recording["bad_channels"] for recording in recordings] == [[]] * 3
    with h5py.File(results / "release" / "videeg-gen.h5") as h5:
        assert h5["eeg"].shape == (24, len(names), 200)
        assert tuple(h5.attrs["channel_names"]) == names
        assert set(h5["concept"].asstr()[:]) == {"8Hz", "11Hz", "13Hz"}
    metrics = read_json(results / "evaluation" / "spgn" / "metrics.json")
    frontal = metrics["fidelity"]["kurtosis_ratio"]["frontal"]
    assert frontal["value"] is None
    assert frontal["reason"].startswith("no frontopolar electrode")
    assert metrics["fidelity"]["covariance_error"]["value"] > 0
    assert set(metrics["alignment"]["steady_state_snr"]["frequencies"]) == {"8", "11", "13"}
    page = (results / "report" / "validation.html").read_text(encoding="utf-8")
    assert "Power over the scalp" in page
