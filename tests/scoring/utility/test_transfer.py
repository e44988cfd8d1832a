import numpy as np
import pytest

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from tests.scoring.utility.examples import CONCEPTS, REAL, TEST, TRAIN, examples, table
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.scoring_data import read_scoring_data
from videeg_pipe.scoring.utility.decoders import DECODERS
from videeg_pipe.scoring.utility.transfer import (
    TARGETS,
    compare_training_sets,
    score_utility,
    spliced,
)


def compare(generated, target="concept", **changes):
    sets = REAL | {"generated": generated} | changes
    return to_json(compare_training_sets(**sets, target=target, bootstrap=200, seed=1))


def test_samples_with_the_pattern_are_worth_as_much_as_real_windows():
    scored = compare(examples(TRAIN, 4))
    assert scored["trtr"]["value"] > 0.9
    assert scored["ratio"]["value"] == pytest.approx(1, abs=0.1)
    assert scored["ratio"]["low"] <= scored["ratio"]["value"] <= scored["ratio"]["high"]
    assert scored["above_chance_ratio"]["value"] == pytest.approx(1, abs=0.12)
    assert scored["augmented"]["value"] > 0.9 and scored["spliced"]["value"] > 0.9
    assert set(scored["decoders"]) == set(DECODERS)
    assert scored["chance"] == 0.25 and scored["n_test"] == len(TEST)


def test_samples_without_the_pattern_are_worth_nothing():
    scored = compare(examples(TRAIN, 5, pattern=0))
    assert scored["trtr"]["value"] > 0.9
    assert scored["tstr"]["low"] < scored["chance"] + 0.05 and scored["tstr"]["value"] < 0.45
    # windows of one concept are confused together, so accuracy spreads as if from few windows
    assert abs(scored["above_chance_ratio"]["value"]) < 0.5


def test_there_is_no_ratio_if_real_windows_are_worth_nothing():
    tables = {"real": TRAIN, "mixed": TRAIN, "validation": TEST, "test": TEST}
    nothing = {name: examples(of, i, 0) for i, (name, of) in enumerate(tables.items())}
    scored = compare(examples(TRAIN, 6), **nothing)
    assert scored["trtr"]["value"] < 0.5
    ratio = scored["above_chance_ratio"]
    assert ratio["value"] is None and "does not lie above" in ratio["reason"]


@pytest.mark.slow
def test_the_decoder_is_chosen_without_the_test_windows():
    chosen = compare(examples(TRAIN, 4))["decoder"]
    noise = examples(TEST, 7, pattern=0)
    poisoned = compare(examples(TRAIN, 4), test=noise)
    assert poisoned["decoder"] == chosen == "covariance"
    assert poisoned["trtr"]["value"] < 0.5


def test_people_and_concepts_without_training_windows():
    more = table(6, concepts=CONCEPTS + 2)
    more.loc[:5, "subject"] = "stranger"
    scored = compare(examples(TRAIN, 4), test=examples(more, 8))
    assert scored["n_labels"] == CONCEPTS and scored["n_test"] == len(TEST)
    assert np.isfinite(scored["trtr"]["value"])


def test_labels_that_cannot_be_learned_give_a_reason():
    other = TEST.assign(concept="concept 9")
    scored = compare(examples(TRAIN, 4), test=examples(other, 9))
    assert scored["value"] is None and "fewer than two values of concept" in scored["reason"]
    scored = compare(examples(TRAIN, 4), target="emotion")
    assert scored["value"] is None and "emotion" in scored["reason"]
    few = table(1)
    scored = compare(examples(few, 4), real=examples(few, 1), mixed=examples(few, 2))
    assert scored["value"] is None and "fewer than 4 training windows" in scored["reason"]


def test_half_of_a_spliced_window_is_generated_in_one_piece():
    real, generated = np.zeros((6, 2, 20)), np.ones((6, 2, 20))
    (mixed,) = spliced(iter([real]), iter([generated]), seed=1)
    assert (mixed.sum(-1) == 10).all() and (mixed[:, 0] == mixed[:, 1]).all()
    assert (np.abs(np.diff(mixed, axis=-1)).sum(-1) <= 2).all()
    assert len({int(row.argmax()) for row in mixed[:, 0]}) > 1


def test_without_validation_windows_the_first_decoder_is_taken():
    assert compare(examples(TRAIN, 4), validation=None)["decoder"] == "covariance"


@pytest.mark.slow
def test_the_release_is_read_and_its_samples_matched_by_their_seed(built):
    h5 = write_release(built, evoked_and_noise())
    inputs = inputs_of(built)
    data = read_scoring_data(h5, inputs)
    scored = to_json(score_utility(h5, inputs, data, 50, 1))
    train = inputs.windows("train", table="windows")
    for target in TARGETS:
        assert scored[target]["n_train"] == len(train)
        assert scored[target]["n_test"] == len(data.windows)
    assert scored["concept"]["chance"] == 1 / 8
