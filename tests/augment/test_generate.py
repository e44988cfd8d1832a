"""EEG of clips: joined windows, of training clips alone, reproducible, new with every draw."""

import tracemalloc

import numpy as np
import pytest

from tests.augment.world import CONFIGURATION, DRAWS, PEOPLE, SHARE, planted
from tests.generators import CHANNELS, tiny_config
from videeg_pipe.augment.generate import clip_batches, generate_clips, joined, window_offsets
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generated_clips import GeneratedClips
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.train.stage import train


def generate(share, folder, inputs=None, config=CONFIGURATION):
    manifest = folder / "clips.json"
    generate_clips(
        SHARE,
        PEOPLE,
        inputs=inputs or share[0],
        clips_cut=share[1] / "clips_cut.parquet",
        config=config,
        manifest=manifest,
    )
    return GeneratedClips(manifest)


@pytest.fixture(scope="module")
def made(share, tmp_path_factory):
    return generate(share, tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize(
    ("n_samples", "offsets"),
    [(400, [0, 100, 200]), (410, [0, 100, 200, 300]), (200, [0]), (150, [0])],
)
def test_windows_cover_a_clip(n_samples, offsets):
    assert window_offsets(n_samples, 200) == offsets


@pytest.mark.parametrize("n_samples", [400, 410, 150])
def test_windows_that_agree_are_joined_without_a_trace(n_samples):
    course, offsets = planted(3, 2, 600), window_offsets(n_samples, 200)
    windows = np.stack([course[..., at : at + 200] for at in offsets], axis=1)
    whole = joined(windows, offsets, n_samples)
    np.testing.assert_allclose(whole, course[..., :n_samples], atol=1e-5)


def test_generated_clips_are_the_share_of_training_clips(share, made):
    clips = made.clips()
    assert set(clips["split"]) == {"train"}
    assert clips["clip_id"].tolist() == share[0].windows()["clip_id"].unique().tolist()
    eeg = made.eeg()
    assert eeg.shape == (DRAWS, len(clips), len(CHANNELS), 400)
    assert 2 < eeg.std() < 100  # microvolts
    assert np.abs(np.corrcoef(eeg[0].ravel(), eeg[1].ravel())[0, 1]) < 0.5


def test_generated_clips_are_reproducible(share, made, tmp_path):
    np.testing.assert_array_equal(generate(share, tmp_path).eeg(), made.eeg())


def test_memory_does_not_grow_with_the_draws(share, tmp_path):
    def peak(n_draws: int) -> int:
        config = CONFIGURATION | {"augment": {"multiples": [n_draws]}}
        tracemalloc.start()
        generate(share, tmp_path / str(n_draws), config=config)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    few, many = peak(1), peak(11)
    written = [(tmp_path / str(n) / "eeg.npy").stat().st_size for n in (1, 11)]
    assert many - few < 0.1 * (written[1] - written[0])


def test_clips_come_in_batches(share):
    inputs, folder = share
    clips = read_table(folder / "clips_cut.parquet", "clips_cut")
    clips = clips[clips["subject"] == PEOPLE[0]].iloc[:5]
    loaded, settings = load_checkpoint(inputs.path("model").parent), CONFIGURATION["sample"]
    batches = clip_batches(
        loaded, clips, inputs, inputs.normalisation(), SampleOptions(**settings), 3
    )
    assert [len(batch) for batch in batches] == [2, 2, 1]  # of 3 windows, in batches of 8


def test_a_failed_job_leaves_no_files(share, tmp_path):
    inputs = Inputs({**share[0].paths, "videos": tmp_path / "missing.json"})
    with pytest.raises(UserError, match=r"missing\.json"):
        generate(share, tmp_path / "made", inputs)
    assert not list(tmp_path.rglob("*"))


def test_a_generator_of_single_windows_is_refused(share, tmp_path):
    inputs, folder = share[0], tmp_path / "ridge"
    train("ridge", inputs=inputs, config=tiny_config(), folder=folder)
    inputs = Inputs({**inputs.paths, "model": folder / "model.json"})
    with pytest.raises(UserError, match=r"expected spgn .*; found ridge"):
        generate(share, tmp_path, inputs)
