import numpy as np
import pandas as pd
import pytest
import torch
from braindecode.models import EEGNetv4

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.scoring.scoring_data import read_material
from videeg_pipe.scoring.utility import decoders
from videeg_pipe.scoring.utility import transfer as utility

SFREQ, CHANNELS, CONCEPTS = 100.0, 8, 4


def table(clips_a_concept, concepts=CONCEPTS):
    rows = [
        (f"sub{subject}", f"s{subject}-k{concept}-c{clip}", f"concept {concept}", None)
        for subject in range(2)
        for concept in range(concepts)
        for clip in range(clips_a_concept)
    ]
    frame = pd.DataFrame(rows, columns=["subject", "clip_id", "concept", "emotion"])
    return frame.assign(video_id=frame["clip_id"], video_time_s=0.0)


def eeg(windows, seed, pattern=1.5):
    """Noise, and for each concept a rhythm with a topography of its own, of random phase."""
    rng = np.random.default_rng(seed)
    concept = windows["concept"].str[-1].astype(int).to_numpy()
    topography = np.random.default_rng(0).standard_normal((10, CHANNELS))[concept]
    phase = rng.uniform(0, 2 * np.pi, (len(windows), 1))
    rhythm = np.sin(2 * np.pi * 10 * np.arange(100) / SFREQ + phase)
    gain = np.where(windows["subject"] == "sub0", 1, 3)[:, None, None]
    planted = pattern * topography[:, :, None] * rhythm[:, None]
    return gain * (rng.standard_normal((len(windows), CHANNELS, 100)) + planted)


def examples(windows, seed, pattern=1.5):
    return decoders.describe(windows, iter([eeg(windows, seed, pattern)]), SFREQ)


TRAIN, TEST = table(12), table(6)
REAL = {
    "real": examples(TRAIN, 1),
    "mixed": examples(TRAIN, 1),
    "validation": examples(TEST, 2),
    "test": examples(TEST, 3),
}


def compare(generated, target="concept", **changes):
    sets = REAL | {"generated": generated} | changes
    return utility.compare(**sets, target=target, bootstrap=200, seed=1)


def test_samples_with_the_pattern_teach_as_much_as_real_windows():
    scored = compare(examples(TRAIN, 4))
    assert scored["trtr"]["value"] > 0.9
    assert scored["ratio"]["value"] == pytest.approx(1, abs=0.1)
    assert scored["ratio"]["low"] <= scored["ratio"]["value"] <= scored["ratio"]["high"]
    assert scored["above_chance_ratio"]["value"] == pytest.approx(1, abs=0.12)
    assert scored["augmented"]["value"] > 0.9 and scored["spliced"]["value"] > 0.9
    assert set(scored["decoders"]) == set(decoders.DECODERS)
    assert scored["chance"] == 0.25 and scored["n_test"] == len(TEST)


def test_samples_without_the_pattern_teach_nothing_and_real_ones_still_do():
    scored = compare(examples(TRAIN, 5, pattern=0))
    assert scored["trtr"]["value"] > 0.9
    assert scored["tstr"]["low"] < scored["chance"] + 0.05 and scored["tstr"]["value"] < 0.45
    assert abs(scored["above_chance_ratio"]["value"]) < 0.25


def test_real_windows_that_teach_nothing_have_no_ratio():
    tables = {"real": TRAIN, "mixed": TRAIN, "validation": TEST, "test": TEST}
    nothing = {name: examples(of, i, 0) for i, (name, of) in enumerate(tables.items())}
    scored = compare(examples(TRAIN, 6), **nothing)
    assert scored["trtr"]["value"] < 0.5
    ratio = scored["above_chance_ratio"]
    assert ratio["value"] is None and "cannot be told from chance" in ratio["reason"]


def test_the_decoder_is_chosen_without_the_test_windows():
    chosen = compare(examples(TRAIN, 4))["decoder"]
    noise = examples(TEST, 7, pattern=0)
    poisoned = compare(examples(TRAIN, 4), test=noise)
    assert poisoned["decoder"] == chosen == "covariance"
    assert poisoned["trtr"]["value"] < 0.5


def test_people_and_concepts_that_nobody_taught():
    more = table(6, concepts=CONCEPTS + 2)
    more.loc[:5, "subject"] = "stranger"
    scored = compare(examples(TRAIN, 4), test=examples(more, 8))
    assert scored["n_labels"] == CONCEPTS and scored["n_test"] == len(TEST)
    assert np.isfinite(scored["trtr"]["value"])


def test_labels_that_cannot_be_learned_are_said():
    other = TEST.assign(concept="concept 9")
    scored = compare(examples(TRAIN, 4), test=examples(other, 9))
    assert scored["value"] is None and "fewer than two values of concept" in scored["reason"]
    scored = compare(examples(TRAIN, 4), target="emotion")
    assert scored["value"] is None and "emotion" in scored["reason"]
    few = table(1)
    scored = compare(examples(few, 4), real=examples(few, 1), mixed=examples(few, 2))
    assert scored["value"] is None and "to learn from" in scored["reason"]


def test_half_of_a_spliced_window_is_generated_in_one_piece():
    real, generated = np.zeros((6, 2, 20)), np.ones((6, 2, 20))
    (mixed,) = utility.spliced(iter([real]), iter([generated]), seed=1)
    assert (mixed.sum(-1) == 10).all() and (mixed[:, 0] == mixed[:, 1]).all()
    assert (np.abs(np.diff(mixed, axis=-1)).sum(-1) <= 2).all()
    assert len({int(row.argmax()) for row in mixed[:, 0]}) > 1


@pytest.mark.parametrize("name", ["bands", "eegnet"])
def test_each_decoder_learns_the_pattern_by_itself(name):
    """The topography differs more than the power of single electrodes does: chance is 0.25."""
    decoder = decoders.Decoder(name, "concept").fit(REAL["real"])
    assert (decoder.predict(REAL["test"]) == TEST["concept"]).mean() > 0.6


def test_the_network_is_eegnet_and_its_answers_depend_on_its_seed_alone():
    windows, labels = REAL["real"].features["eegnet"], TRAIN["concept"].to_numpy(str)
    state = torch.get_rng_state()
    first = decoders.Network(steps=6).fit(windows, labels)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(1)
    second = decoders.Network(steps=6).fit(windows, labels)
    assert isinstance(first.model, EEGNetv4)
    assert (first.predict(windows) == second.predict(windows)).all()
    for name, values in first.model.state_dict().items():
        assert torch.equal(values, second.model.state_dict()[name]), name
    assert first.model.conv_spatial.weight.flatten(1).norm(dim=1).max() < 1.001


def test_the_network_takes_short_windows():
    windows = REAL["real"].features["eegnet"][..., :10]
    network = decoders.Network(steps=6).fit(windows, TRAIN["concept"].to_numpy(str))
    assert set(network.predict(windows)) <= set(TRAIN["concept"])


def test_without_validation_windows_the_first_decoder_is_taken():
    assert compare(examples(TRAIN, 4), validation=None)["decoder"] == "covariance"


def test_the_release_is_read_and_its_samples_matched_by_their_seed(built):
    h5 = write_release(built, evoked_and_noise())
    inputs = inputs_of(built)
    material = read_material(h5, inputs)
    scored = utility.score(h5, inputs, material, 50, 1)
    train = inputs.windows("train", table="windows")
    for target in utility.TARGETS:
        assert scored[target]["n_train"] == len(train)
        assert scored[target]["n_test"] == len(material.windows)
    assert scored["concept"]["chance"] == 1 / 8
