"""An open data set through MOABB leads to a release and a report."""

import h5py
import pandas as pd
import pytest

from tests.sources.moabb import files
from tests.workflow.clone import run_snakemake, tiny, write_config
from tests.workflow.test_commands import OF_ALL, jobs
from videeg_pipe.runtime.files import read_json

REASON = "the phase of the flicker in these recordings is unknown"


def run(clone, name, path, *targets, **changes):
    """Run targets with an overlay of the repository, at a tiny size."""
    source = {"path": str(path), "subjects": ["sub-01", "sub-02"]}
    small = tiny(run={"results": f"results-{name}"}, source=source, **changes)
    del small["phantom"], small["split"]
    small["sample"] |= {"part_size": 96}
    small["release"] |= {"n_samples": 96}
    small["evaluation"] = {"max_windows": 64, "mean_draws": 2, "bootstrap": 100}
    overlay = write_config(clone / f"tiny-{name}.yaml", **small)
    done = run_snakemake(clone, *targets, "--configfile", f"config/{name}.yaml", str(overlay))
    assert done.returncode == 0, done.stdout + done.stderr
    return clone / f"results-{name}"


@pytest.mark.slow
@pytest.mark.nightly
def test_lamps_of_unknown_phase_are_scored_by_their_spectra(clone, tmp_path):
    for person in (1, 2):
        files.kalunga(tmp_path / "data", person, n_trials=16)
    decoders = {"own_trials": [4], "choices": 1}
    results = run(clone, "kalunga2016", tmp_path / "data", "all", "ssvep", ssvep=decoders)
    with h5py.File(results / "release" / "videeg-gen.h5") as h5:
        assert h5["eeg"].shape == (96, 8, 256)
        names = {"flicker at 13 Hz", "flicker at 17 Hz", "flicker at 21 Hz", "rest"}
        assert set(h5["concept"].asstr()[:]) == names
    windows = pd.read_parquet(results / "windows.parquet")
    assert windows.groupby("subject")["split"].nunique().tolist() == [3, 3]
    alignment = read_json(results / "evaluation" / "spgn" / "metrics.json")["alignment"]
    for name in ("conditional_mean_r", "ceiling_r_repeats", "of_ceiling", "sample_r", "lag_ms"):
        assert alignment[name]["value"] is None
        assert alignment[name]["reason"] == REASON
    snr = alignment["steady_state_snr"]
    assert list(map(float, snr["frequencies"])) == pytest.approx([13, 17, 21], abs=0.05)
    assert snr["ceiling"]["low"] > 3 > snr["floor"]["low"]  # the flicker is strong
    page = (results / "report" / "validation.html").read_text(encoding="utf-8")
    first = page[page.index('id="numbers"') : page.index('id="share"')]
    assert REASON in first
    assert "real windows" in first and "other frequencies" in first
    assert "Kalunga2016, an open data set" in " ".join(page.split())
    assert "Response to clip onset" not in page

    table = pd.read_csv(results / "evaluation" / "ssvep.csv").set_index(["decoder", "training"])
    assert set(table.index.get_level_values("decoder")) == {"riemann", "cca", "spectra"}
    assert table.loc[("cca", "others"), "accuracy"] > 2 * table["chance"].iloc[0]  # planted
    assert table.loc[("cca", "own-4+generated"), "compared_with"] == "own-4"
    assert (table["people"] == 2).all() and table[["sub-01", "sub-02"]].notna().all(axis=None)
    snr = pd.read_csv(results / "evaluation" / "ssvep_snr.csv")
    assert snr.groupby("subject").size().tolist() == [3, 3]
    assert (snr["real"] > 3).all()


PHANTOM = {"phantom_videos", "phantom_eeg"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "write", "n_blocks"),
    [
        ("wang2016", files.wang, 6),
        pytest.param("thielen2015", files.thielen2015, 12, marks=pytest.mark.nightly),
    ],
)
def test_overlays_give_a_complete_plan(clone, tmp_path, name, write, n_blocks):
    write(tmp_path / "data", 1)
    source = {"path": str(tmp_path / "data"), "subjects": ["sub-01"]}
    overlay = write_config(clone / f"plan-{name}.yaml", source=source)
    arguments = ("--configfile", f"config/{name}.yaml", str(overlay))
    done = run_snakemake(clone, "-n", "all", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    planned = jobs(done)
    assert set(planned) == (OF_ALL - PHANTOM) | {"all", "moabb_person"}
    assert planned["moabb_person"] == planned["preprocess"] == 1
    # the first jobs run: the facts of the overlay fit the files
    manifest = f"results-{name}/manifest/clips.parquet"
    done = run_snakemake(clone, manifest, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    clips = pd.read_parquet(clone / manifest)
    assert clips["recording_id"].nunique() == n_blocks
    again = run_snakemake(clone, "-n", "all", *arguments)
    assert set(jobs(again)) == set(planned) - {"moabb_person", "acquire"}
