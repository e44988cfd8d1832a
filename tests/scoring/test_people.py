"""A person left out of a training is scored with the adaptation windows of theirs, and no more."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from tests.builders import change_recording
from tests.generators import CHANNELS, inputs_of, layout_of, results_inputs, tiny_config
from tests.scoring.test_stage import not_on_the_page
from videeg_pipe.conditions.files import Inputs, read_conditions
from videeg_pipe.config import Config, slice_of
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.graphs import adjacency, read_graphs
from videeg_pipe.contracts.scores import catalogue, people_scores
from videeg_pipe.models.checkpoint import make_generator, save_generator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, write_json
from videeg_pipe.scoring.people import score_person

LOUD = 3  # sub1, over sub2
N_TRAINING = 16


def with_generators(root, name="spgn", **options):
    """Inputs with generators that were fitted to training windows, with untrained weights."""
    inputs = inputs_of(root)
    graphs, config = read_graphs(inputs.path("graphs")), tiny_config(**options)
    paths = dict(inputs.paths)
    for key, subjects in {
        "checkpoint": ("sub1", "sub2"),
        "checkpoint_without": ("sub2",),
    }.items():
        layout = replace(layout_of(tuple(graphs)), subjects=subjects)
        torch.manual_seed(0)
        generator = make_generator(name, layout, adjacency(graphs), config)
        rows = inputs.windows("train")
        rows = rows[rows["subject"].isin(subjects)].reset_index(drop=True)
        scale = inputs.normalisation().scale(rows["subject"])
        x = torch.from_numpy(inputs.eeg().windows(rows) / scale)
        condition = read_conditions(rows, inputs, layout, ConditionOptions(), generator.protocol)
        generator.fit(
            x, *map(torch.from_numpy, (condition.subject, condition.clip, condition.track))
        )
        generator.fit_residual([(x, condition.batch(np.arange(len(x))))])
        paths[key] = root / key / "checkpoint.safetensors"
        save_generator(root / key, name, generator, config, {})
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


@pytest.mark.slow
def test_there_is_one_row_per_generator_with_its_checkpoint(inputs, rows):
    assert [(row["known"], row["n_windows"]) for row in rows] == [
        (True, N_TRAINING), (False, 0), (False, 12),
    ]  # fmt: skip
    known, without = (
        read_json(inputs.path(name).with_name("model.json"))["checkpoint_sha256"]
        for name in ("checkpoint", "checkpoint_without")
    )
    assert [row["checkpoint"] for row in rows] == [known, without, without]
    assert set(rows[0]) == {*people_scores(), "known", "n_windows", "checkpoint"}
    assert not_on_the_page(rows[0]) == set()


def test_the_catalogue_chooses_the_scores(inputs, tmp_path, monkeypatch):
    dropped = ("of_ceiling", "covariance_error")
    rows = [replace(s, people=s.people and s.name not in dropped) for s in catalogue.SCORES]
    monkeypatch.setattr(catalogue, "SCORES", tuple(rows))
    row = scored(inputs, tmp_path, [0])[0]
    assert "conditional_mean_r" in row and not set(row) & set(dropped)


def test_amplitudes_of_a_person_need_adaptation(rows):
    known, unadapted, adapted = (
        np.median([row[f"power_{band}"] for band in BANDS]) for row in rows
    )
    # over ten seeds the median's log has a standard deviation of 0.09; log(1.5) is over four of it
    assert abs(np.log(known)) < np.log(1.5)
    assert abs(np.log(unadapted * LOUD**2)) < np.log(1.5)
    assert abs(np.log(adapted)) < np.log(1.5)


@pytest.mark.slow
def test_other_windows_of_the_person_have_no_effect(inputs, rows, tmp_path):
    path = inputs.path("index").with_name("sub1-s1-b1.npy")  # all of the training windows
    eeg = np.load(path)
    try:
        change_recording(path, 1000 * eeg[:, ::-1])
        after = scored(inputs, tmp_path)
    finally:
        change_recording(path, eeg)
    assert after[1] == rows[1]
    assert after[2] != rows[2]


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
