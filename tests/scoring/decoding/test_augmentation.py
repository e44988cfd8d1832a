"""Decoders of generated EEG: the same real clips and seeds, real test clips, and no leak."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.decode.test_stage import world
from tests.decode.world import CONFIGURATION, KNOWN, files, train
from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import GENERATOR, REAL, GeneratedClips
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_parquet, read_table
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.checkpoint import load_decoder
from videeg_pipe.models.decoders.files import read_clips, training_share
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.augmentation import (
    Targets,
    fit_decoder,
    score_augmented,
    with_generated,
)

CONFIG = CONFIGURATION | {"augment": {"multiples": [1, 2], "seeds": 1}}


def read(root, share=1.0, split="train"):
    """Return real clips of known people, and their table."""
    store, eeg = PictureStore(root / "pictures"), EegStore(root / "eeg")
    table = read_table(root / "clips_cut.parquet", "clips_cut")
    rows = training_share(table, KNOWN, share) if split == "train" else held_out_clips(table, KNOWN)
    return read_clips(rows, eeg, store), rows


def layout_of(root, clips):
    eeg = EegStore(root / "eeg")
    return DecoderLayout.of(clips, eeg.channels, eeg.positions, eeg.sfreq)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return world(tmp_path_factory.mktemp("augmentation"))


def write_generated(root, origin, eeg, rows):
    manifest = root / "generated" / origin / "clips.json"
    with GeneratedClips.fill(manifest, eeg.shape, rows) as stored:
        stored[:] = eeg
    return manifest


def score(root, generated, share):
    out = root / "scores.parquet"
    arguments = files(root) | {"config": CONFIG}
    score_augmented("lookup", share, KNOWN, generated=generated, out=out, **arguments)
    return read_parquet(out)


def test_decoders_learn_from_generated_responses(root):
    real, rows = read(root, 0.5)
    noise = np.random.default_rng(0).normal(0, real.eeg.std(), (2, *real.eeg.shape))
    means = np.stack([real.eeg[real.concept == name].mean(0) for name in real.concept])
    other = np.roll(means, 5, axis=0)  # the run before is of another concept
    generated = {
        name: write_generated(root, name, (response + noise).astype(np.float32), rows)
        for name, response in {"right": means, "wrong": 3 * other}.items()
    }
    scores = score(root, generated, 50.0)
    held_out = read(root, split="test")[1]
    for _, own in scores.groupby(["origin", "multiple"]):  # real test clips, each once
        assert sorted(own["clip_id"]) == sorted(held_out["clip_id"])
    assert scores["minutes_total"].unique() == pytest.approx(len(real) * 1.5 / 60)
    assert scores["minutes_per_person"].unique() == pytest.approx(len(real) * 1.5 / 120)
    accuracy = scores.groupby(["origin", "multiple"])["concept_top1"].mean()
    assert min(accuracy["right", 2], accuracy[REAL, 0]) > 0.8
    assert accuracy["wrong", 2] < 0.6


def test_all_real_clips_alone_give_the_decoder_of_the_main_table(root):
    real, _ = read(root)
    decoder = fit_decoder("lookup", layout_of(root, real), real, CONFIG, 0, scaled_by=real)
    main = load_decoder(train(root, "lookup").parent).state_dict()
    assert all(torch.equal(main[name], value) for name, value in decoder.state_dict().items())


@pytest.mark.parametrize("name", ["lookup", "sam-net"])
def test_no_decoder_sees_the_test_block(name, root, tmp_path):
    states = []
    for folder in (root, world(tmp_path, poison=True)):
        real, _ = read(folder, 0.5)
        made = np.random.default_rng(0).normal(0, 5, (1, *real.eeg.shape)).astype(np.float32)
        clips = with_generated(real, made)
        assert len(clips) == 2 * len(real)
        layout = layout_of(folder, real)
        fitted = fit_decoder(name, layout, clips, CONFIG, 0, scaled_by=real)
        states.append(fitted.state_dict())
    assert all(torch.equal(states[1][key], value) for key, value in states[0].items())


def test_generated_clips_of_test_blocks_are_refused(root):
    test, rows = read(root, split="test")
    manifest = write_generated(root, GENERATOR, test.eeg[None], rows)
    with pytest.raises(UserError, match="EEG of the earliest 25 % of the training clips"):
        score(root, {GENERATOR: manifest}, 25.0)


def test_the_truth_has_all_scores_and_the_mean_none(root):
    targets = Targets.of(PictureStore(root / "pictures"))
    test, _ = read(root, split="test")
    test = test.of(KNOWN[0])
    truth = SimpleNamespace(text=test.text[test.clip], latents=test.latents[test.clip])
    found = targets.scores(truth, test)
    assert found["concept_top1"].mean() == 1 and found["identify_all"].mean() > 0.99  # a tie
    assert not found["text_error"].any() and not found["latents_error"].any()
    constant = SimpleNamespace(
        text=np.broadcast_to(targets.text_mean, truth.text.shape),
        latents=np.broadcast_to(targets.latent_mean, truth.latents.shape),
    )
    found = targets.scores(constant, test)
    assert found["identify_all"].mean() == 0.5
    np.testing.assert_allclose(found["text_error"], found["text_spread"])
    np.testing.assert_allclose(found["latents_error"], found["latents_spread"])
