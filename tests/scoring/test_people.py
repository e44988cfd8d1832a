"""A person left out of a training is scored with the adaptation windows of theirs, and no more."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import uniform_filter1d

from tests.builders import change_recording
from tests.generators import CHANNELS, inputs_of, layout_of, results_inputs, tiny_config
from tests.scoring.test_stage import not_on_the_page
from videeg_pipe.conditions.files import Inputs, read_conditions
from videeg_pipe.config import Config, slice_of
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.graphs import adjacency, read_weights
from videeg_pipe.contracts.scores import catalogue, people_scores
from videeg_pipe.models.checkpoint import make_generator, save_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, write_json
from videeg_pipe.scoring import people
from videeg_pipe.scoring.draws import draw_windows
from videeg_pipe.scoring.people import score_person

LOUD = 3  # sub1, over sub2
N_TRAINING = 16


def with_generators(root, name="spgn", **options):
    """Inputs with generators that were fitted to training windows, with untrained weights."""
    inputs = inputs_of(root)
    everyone = tuple(inputs.normalisation().scales)
    graph_weights, config = read_weights(inputs.path("graphs")), tiny_config(**options)
    paths = dict(inputs.paths)
    for key, subjects in {
        "checkpoint": everyone,
        "checkpoint_without": everyone[1:],
    }.items():
        layout = replace(layout_of(tuple(graph_weights)), subjects=subjects)
        torch.manual_seed(0)
        generator = make_generator(name, layout, adjacency(graph_weights), config)
        rows = inputs.windows("train")
        rows = rows[rows["subject"].isin(subjects)].reset_index(drop=True)
        scale = inputs.normalisation().scale(rows["subject"])
        x = torch.from_numpy(inputs.eeg().windows(rows) / scale)
        condition = read_conditions(rows, inputs, layout, ConditionOptions(), generator.protocol)
        every = np.arange(len(x))
        stimuli = condition.stimuli(every)
        generator.fit(x, *map(torch.from_numpy, (condition.subject, *stimuli)))
        generator.fit_residual([(x, condition.batch(every))])
        paths[key] = root / key / "checkpoint.safetensors"
        save_checkpoint(root / key, name, generator, config, {})
    return Inputs(paths)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Two people, the first much louder than the other, and untrained generators."""
    root = tmp_path_factory.mktemp("results")
    results_inputs(root)
    for path in (root / "eeg").glob("sub1-*.npy"):
        change_recording(path, LOUD * np.load(path))
    scales = read_json(root / "normalisation.json")
    scales["scales_uv"]["sub1"] = [10.0 * LOUD] * len(CHANNELS)
    write_json(root / "normalisation.json", scales)
    return with_generators(root)


def scored(inputs, folder, n_windows=(0, 12, 400)):
    config = Config.model_validate(
        {
            "sample": {"steps": 2, "threads": 1},
            "evaluation": {"mean_draws": 2, "max_windows": 8},
            "new_people": {"n_windows": n_windows},
        }
    )
    names = ("run.seed", "normalisation", "sample", "evaluation", "new_people")
    out = folder / "scores.json"
    score_person("sub1", inputs=inputs, config=slice_of(config, *names), scores=out)
    return read_json(out)


@pytest.fixture(scope="module")
def rows(inputs, tmp_path_factory):
    return scored(inputs, tmp_path_factory.mktemp("scores"))


def by_generator(rows):
    return {(row["generator"], row["n_windows"]): row for row in rows}


@pytest.mark.slow
def test_there_is_one_row_per_generator_with_its_checkpoint(inputs, rows):
    assert [(row["generator"], row["n_windows"]) for row in rows] == [
        ("trained", N_TRAINING), ("population", 0), ("population", 12), ("nearest", 12),
        ("adapted", 12), ("recording", 12),
    ]  # fmt: skip
    assert [row["known"] for row in rows] == [True] + 5 * [False]
    known, without = (
        read_json(inputs.path(name).with_name("model.json"))["checkpoint_sha256"]
        for name in ("checkpoint", "checkpoint_without")
    )
    assert [row.get("checkpoint") for row in rows] == [known] + 4 * [without] + [None]
    assert set(rows[0]) == {*people_scores(), "generator", "known", "n_windows", "checkpoint"}
    assert not_on_the_page(rows[0]) == set()


def test_the_catalogue_chooses_the_scores(inputs, tmp_path, monkeypatch):
    dropped = ("of_ceiling", "covariance_error")
    rows = [replace(s, people=s.people and s.name not in dropped) for s in catalogue.SCORES]
    monkeypatch.setattr(catalogue, "SCORES", tuple(rows))
    row = scored(inputs, tmp_path, [0])[0]
    assert "conditional_mean_r" in row and not set(row) & set(dropped)


def test_amplitudes_of_a_person_need_windows_of_theirs(rows):
    # over ten seeds the median's log has a standard deviation of 0.09; log(1.5) is over four of it
    for (generator, n), row in by_generator(rows).items():
        power = np.median([row[f"power_{band}"] for band in BANDS])
        assert abs(np.log(power if n else power * LOUD**2)) < np.log(1.5), generator


@pytest.mark.slow
def test_the_windows_themselves_are_scored_as_samples(inputs, rows, tmp_path):
    path = inputs.path("index").with_name("sub1-s1-b1.npy")  # all of the training windows
    eeg = np.load(path)
    try:
        change_recording(path, 2 * eeg)
        row = by_generator(scored(inputs, tmp_path))["recording", 12]
    finally:
        change_recording(path, eeg)
    assert "conditional_mean_r" not in row  # they follow no test window
    assert row["power_alpha"] == pytest.approx(4, rel=0.3)  # of 8 test windows
    assert row["power_alpha"] == pytest.approx(
        4 * by_generator(rows)["recording", 12]["power_alpha"], rel=1e-5
    )


@pytest.mark.slow
def test_baselines_are_drawn_for_the_population_and_for_the_most_similar_person(
    tmp_path, monkeypatch
):
    results_inputs(tmp_path, n_subjects=3)
    for name, sd in (("sub1", 10), ("sub3", 10 * LOUD)):  # only they have slow EEG
        for path in (tmp_path / "eeg").glob(f"{name}-*[0-9].npy"):
            slow = uniform_filter1d(np.load(path), 4)
            change_recording(path, sd * slow / slow.std(1, keepdims=True))
    scales = read_json(tmp_path / "normalisation.json")
    scales["scales_uv"]["sub3"] = [10.0 * LOUD] * len(CHANNELS)
    write_json(tmp_path / "normalisation.json", scales)
    inputs, drawn = with_generators(tmp_path), []

    def draw(loaded, windows, *arguments):
        drawn.append((loaded.layout.subjects, set(windows["subject"])))
        return draw_windows(loaded, windows, *arguments)

    monkeypatch.setattr(people, "draw_windows", draw)
    rows = by_generator(scored(inputs, tmp_path, [4, 12]))
    without = ("sub2", "sub3")
    assert drawn == [
        (("sub1", *without), {"sub1"}),
        (without, {"sub1"}),  # one draw for all numbers of windows
        (without, {"sub3"}),
        ((*without, "sub1"), {"sub1"}),
        ((*without, "sub1"), {"sub1"}),
    ]
    assert rows["nearest", 4]["power_delta"] != rows["nearest", 12]["power_delta"]


@pytest.mark.slow
def test_other_windows_of_the_person_have_no_effect(inputs, rows, tmp_path):
    path = inputs.path("index").with_name("sub1-s1-b1.npy")  # all of the training windows
    eeg = np.load(path)
    try:
        change_recording(path, 1000 * eeg[:, ::-1])
        after = scored(inputs, tmp_path)
    finally:
        change_recording(path, eeg)
    before, after = by_generator(rows), by_generator(after)
    assert after["population", 0] == before["population", 0]
    assert all(after[name, 12] != before[name, 12] for name in ("population", "nearest", "adapted"))


def test_without_truth_there_is_no_ceiling(tmp_path):
    results_inputs(tmp_path, truth=False)
    rows = scored(with_generators(tmp_path), tmp_path, [0])
    assert [row["of_ceiling"] for row in rows] == [None, None]


def test_a_person_without_test_windows_has_no_row(tmp_path):
    results_inputs(tmp_path)
    inputs = with_generators(tmp_path)
    rows = pd.read_parquet(inputs.path("cut"))
    rows = rows[(rows["subject"] != "sub1") | (rows["split"] != "test")]
    rows.to_parquet(inputs.path("cut"), index=False)
    assert scored(inputs, tmp_path) == []


def test_a_generator_that_cannot_adapt_is_scored_without_adaptation(tmp_path):
    results_inputs(tmp_path)
    inputs = with_generators(tmp_path, "gaussian")
    assert [row["n_windows"] for row in scored(inputs, tmp_path)] == [N_TRAINING, 0]
    with pytest.raises(UserError, match=r"run\.model; .*; found gaussian; .*new_people\.n_windows"):
        scored(inputs, tmp_path, [5])


def test_a_generator_with_an_eeg_prior_is_an_error(tmp_path):
    results_inputs(tmp_path)
    inputs = with_generators(tmp_path, spgn={"eeg_prior": "preceding"})
    with pytest.raises(UserError, match=r"found spgn with protocol reconstr.*eeg_prior to off"):
        scored(inputs, tmp_path)
