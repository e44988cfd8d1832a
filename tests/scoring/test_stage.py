import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.builders import SFREQ, build_results
from tests.scoring.fakes import SUBJECTS, evoked_and_noise, inputs_of, write_release
from videeg_pipe.config import Config, slice_of
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.scores import definitions, section_scores
from videeg_pipe.models.checkpoint import make_generator, save_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, write_json
from videeg_pipe.scoring import stage
from videeg_pipe.scoring.stage import score_release

CONFIG = Config.model_validate(
    {
        "spgn": {"hidden": 16, "layers": 1, "heads": 2, "fused": 16},
        "sample": {"steps": 2, "threads": 1},
        "evaluation": {
            "mean_draws": 2,
            "max_windows": 16,
            "bootstrap": 50,
            "strong_classifiers": True,
        },
    }
)
OPTIONS = slice_of(CONFIG, "run.seed", "preprocess.h_freq", "sample", "evaluation")
LAYOUT = EegLayout(
    channels=SEED_DV_CHANNELS,
    positions_m=electrode_positions(),
    sfreq=SFREQ,
    n_samples=200,
    subjects=tuple(SUBJECTS),
    graphs=("electrode/1.0", "signal/alpha"),
)


SECTIONS = ("fidelity", "alignment", "utility", "privacy", "paper", "cost", "dataset")


@pytest.fixture(scope="module")
def results(built):
    return with_generator(built)


def with_generator(built, layout=LAYOUT):
    """The built folder with an untrained generator beside it, and a release of another one."""
    torch.manual_seed(0)
    config = slice_of(CONFIG, "run.seed", "condition", "spgn", "train")
    generator = make_generator("spgn", layout, torch.eye(62).expand(2, 62, 62), config)
    save_checkpoint(built / "models" / "spgn", "spgn", generator, config, {})
    write_release(built, evoked_and_noise())
    return built


@pytest.fixture
def skip(monkeypatch):
    """Return a function that leaves out slow scores which a test does not look at."""

    def leave_out(*names):
        for name in names:
            monkeypatch.setattr(stage, f"score_{name}", lambda *_, **__: {})

    return leave_out


def run(results, folder, options=OPTIONS):
    metrics, figures = folder / "metrics.json", folder / "figures.npz"
    score_release(
        h5=results / "release" / "videeg-gen.h5",
        inputs=inputs_of(results),
        config=options,
        metrics=metrics,
        figures=figures,
    )
    return json.loads(metrics.read_text()), figures


def test_every_section_is_there_sorted_and_finite(scored, scores):
    assert list(scores) == sorted(scores)
    assert {*SECTIONS, "reconstruction"} <= set(scores)
    assert (scores["model"], scores["protocol"], scores["split"]) == ("spgn", "generation", "test")
    for name in ("band_power_ratio", "band_similarity"):
        assert set(scores["fidelity"][name]) == set(BANDS)
    # samples and real windows have the same distribution
    for name in ("psd_distance", "covariance_error", "autocorrelation_error"):
        entry = scores["fidelity"][name]
        assert entry["value"] < 1.3 * entry["floor"]["value"] < entry["white_noise"] * 1.6
    assert scores["alignment"]["ceiling_r"]["value"] > 0.1
    assert not scores["alignment"]["chance"]["above_chance"]  # the generator was never trained
    assert scores["cost"]["nfe"] == 2 and scores["cost"]["n_drawn"] == 64
    assert scores["cost"]["parameters"] > 1000
    with np.load(scored / "figures.npz", allow_pickle=False) as arrays:
        assert arrays["psd_real"].shape == arrays["psd_generated"].shape
        assert arrays["evoked_truth"].shape == (62, 200)
        assert all(np.isfinite(a).all() for a in arrays.values() if a.dtype.kind == "f")


@pytest.mark.slow
def test_scores_do_not_depend_on_the_run(results, scores, tmp_path):
    again, _ = run(results, tmp_path)
    assert scores | {"cost": None} == again | {"cost": None}


@pytest.mark.slow
@pytest.mark.skipif(
    "VIDEEG_TEST_SEED" in os.environ, reason="the other process computes with unshifted seeds"
)
def test_decoders_are_the_same_in_a_parallel_process(results, scores, tmp_path, skip):
    skip("c2st", "eeg_fid", "privacy", "reconstruction")
    again, _ = run(results, tmp_path, OPTIONS | {"sample": {**OPTIONS["sample"], "threads": 2}})
    assert again["utility"] == scores["utility"]


FACTS = {
    "cost": {"device", "threads", "batch_size", "n_drawn"},
    "dataset": {"n_samples", "per_split", "per_subject", "per_video", "samples_a_video_sd",
                "n_concepts", "amplitude_range_uv"},
}  # fmt: skip
"""Fields of sections with plain numbers that are not scores."""


def scored_names(section, content):
    """Names of the scores in a section of metrics.json."""
    if section in FACTS:
        return set(content) - FACTS[section] - {"definitions"}
    if section == "utility":
        content = {name: entry for target in ("concept", "emotion")
                   for name, entry in content[target].items()}  # fmt: skip
    if section == "reconstruction":
        content = content["curve"][0]
    entries = {name: entry for name, entry in content.items() if isinstance(entry, dict)}
    return {
        name
        for name, entry in entries.items()
        if any("value" in of for of in (entry, entry.get("alpha", {}), entry.get("all", {})))
    }


@pytest.mark.parametrize("section", [*SECTIONS, "reconstruction"])
def test_every_score_has_a_row_and_every_row_a_score(scores, section):
    assert scored_names(section, scores[section]) == set(section_scores(section))
    assert scores[section]["definitions"] == definitions(section)


def keys_of(section):
    """Names of scores and of their parts; those of people, splits and videos are data."""
    for name, value in section.items():
        if name == "definitions":
            continue
        yield name
        if isinstance(value, dict) and not name.startswith("per_"):
            yield from keys_of(value)


def not_on_the_page(names):
    """Those of some names that docs/evaluation.md does not say."""
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    return {name for name in names if f"`{name}`" not in page}


def test_the_page_on_evaluation_names_every_score(scores):
    assert not_on_the_page(keys_of(scores)) == set()


def test_a_generator_without_training_reveals_nothing(scores):
    privacy = scores["privacy"]
    auc, control = privacy["membership_auc"], privacy["positive_control_auc"]
    assert set(auc["attacks"]) == {
        "denoising_loss", "nearest_covariance", "nearest_spectra", "nearest_window"
    }  # fmt: skip
    assert auc["low"] < 0.55 and auc["high"] > 0.45 and control["low"] > 0.95
    assert auc["n_members"] == auc["n_non_members"] == 64
    assert privacy["copy_ratio"]["value"] == pytest.approx(1, abs=0.05)
    assert privacy["guarantee"] == "no formal guarantee"
    assert privacy["n_subjects"] == 2 and any("2 people" in limit for limit in privacy["limits"])


@pytest.mark.slow
def test_a_small_release_of_one_person_is_scored(tmp_path):
    layout = replace(LAYOUT, subjects=("sub1",))
    results = with_generator(build_results(tmp_path / "results", n_subjects=1), layout)
    scores, _ = run(results, tmp_path)
    privacy = scores["privacy"]
    assert privacy["n_subjects"] == 1 and any("One person" in text for text in privacy["limits"])
    assert privacy["linkage"]["value"] is None
    assert privacy["membership_auc"]["value"] is not None


def test_a_release_without_test_samples_is_an_error_without_outputs(results, tmp_path):
    split = np.full(192, "train", object)
    try:
        write_release(results, evoked_and_noise(), split=split)
        with pytest.raises(UserError, match="test split"):
            run(results, tmp_path / "out")
    finally:
        write_release(results, evoked_and_noise())
    assert not (tmp_path / "out").exists()


def test_a_sample_of_an_unknown_window_is_an_error(results, tmp_path):
    try:
        write_release(results, evoked_and_noise(), seed=np.arange(192))
        with pytest.raises(UserError, match="seed"):
            run(results, tmp_path)
    finally:
        write_release(results, evoked_and_noise())


@pytest.mark.slow
def test_without_truth_the_ceiling_is_null_with_a_reason(results, tmp_path, skip):
    skip("c2st", "eeg_fid", "privacy", "utility")
    index = results / "eeg" / "index.json"
    before, stored = index.read_bytes(), read_json(index)
    for entry in stored["recordings"]:
        del entry["truth_sha256"]
    try:
        write_json(index, stored)
        scores, figures = run(results, tmp_path)
    finally:
        index.write_bytes(before)
    ceiling = scores["alignment"]["ceiling_r"]
    assert ceiling["value"] is None and "not known" in ceiling["reason"]
    assert scores["alignment"]["ceiling_r_between_subjects"]["value"] is not None
    with np.load(figures, allow_pickle=False) as arrays:
        assert "evoked_truth" not in arrays
