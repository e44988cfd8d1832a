import numpy as np
import pandas as pd
import pytest

from tests.scoring.ssvep.flicker import HIGHEST, SFREQ, TAGS
from tests.scoring.ssvep.flicker import windows as flicker
from videeg_pipe.config.ssvep import SsvepOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.ssvep.person import (
    Labelled,
    _check_windows,
    _correct,
    _training_sets,
    choose_trials,
    windows_in_phase,
)


def labelled(subject: str, n_trials: int, amplitude: float, seed: int) -> Labelled:
    """Windows of a person, two per trial; stimuli take turns."""
    x, labels = flicker(2 * n_trials, amplitude, seed)
    order = np.argsort(np.arange(2 * n_trials) % n_trials, kind="stable")
    names = [f"{subject}-t{place % n_trials}" for place in range(2 * n_trials)]
    table = pd.DataFrame({"clip_id": names, "subject": subject, "video_id": labels})
    table = table.iloc[order].reset_index(drop=True)
    return Labelled(x[order], table, table["subject"].to_numpy(str))


def test_trials_are_chosen_evenly_over_stimuli():
    table = labelled("a", 32, 1.0, 0).windows
    rows = choose_trials(table, 8, seed=1)
    chosen = table.iloc[rows]
    assert chosen["clip_id"].nunique() == 8
    assert len(chosen) == 16  # all windows of a trial
    assert set(chosen.drop_duplicates("clip_id")["video_id"].value_counts()) == {2}
    assert not np.array_equal(rows, choose_trials(table, 8, seed=2))
    assert len(choose_trials(table, 99, seed=1)) == len(table)


def test_training_sets_hold_what_their_names_say():
    own, others = labelled("a", 12, 1.0, 0), labelled("b", 64, 1.0, 1)
    options = SsvepOptions(own_trials=[4, 8], choices=2, augmentation=4)
    sets = dict(_training_sets({"generated": others, "others": others}, own, options, seed=0))
    assert list(sets) == [
        *("generated", "others", "own-4", "own-8", "own-4+generated", "own-4+others")
    ]  # fmt: skip
    assert [len(one.x) for one in sets["own-8"]] == [16, 16]
    for one in sets["own-4+generated"]:
        assert (one.windows["subject"] == "a").sum() == 8
        assert (one.windows["subject"] == "b").sum() == 4 * 8


def test_more_own_trials_than_there_are_make_no_training_set():
    """`own-32` with fewer trials would be a wrong name."""
    own, others = labelled("a", 12, 1.0, 0), labelled("b", 64, 1.0, 1)
    given = {"generated": others, "others": others}
    few = SsvepOptions(own_trials=[8, 32], choices=1)
    names = ["generated", "others", "own-8", "own-8+generated", "own-8+others"]
    assert list(dict(_training_sets(given, own, few, seed=0))) == names
    none = SsvepOptions(own_trials=[32], choices=1)
    assert list(dict(_training_sets(given, own, none, seed=0))) == names[:2]


@pytest.mark.parametrize(
    ("times_s", "known", "expected"),
    [
        ([0.3, 0.3, 0.3], True, True),
        ([0.3, 1.3, 5.3 + 1 / 13], True, True),
        ([0.3, 1.37, 2.44], True, False),  # a stride that is no multiple of the cycle
        ([0.3, 0.3, 0.3], False, False),
    ],
)
def test_windows_are_in_phase_where_they_begin_at_one_place_in_the_cycle(times_s, known, expected):
    flicker = pd.DataFrame({"video_id": "slow", "video_time_s": times_s, "phase_known": known})
    rest = pd.DataFrame({"video_id": "rest", "video_time_s": [0.0, 0.51], "phase_known": True})
    assert windows_in_phase(pd.concat([rest, flicker]), TAGS) == expected


def test_a_person_without_windows_is_named():
    some, none = pd.DataFrame({"clip_id": ["t"]}), pd.DataFrame({"clip_id": []})
    _check_windows("sub-01", some, some)
    with pytest.raises(UserError, match=r"ssvep with sub-01; expected test windows.*split\.by"):
        _check_windows("sub-01", some, none)
    with pytest.raises(UserError, match="expected training or validation windows"):
        _check_windows("sub-01", none, some)


def test_a_decoder_of_planted_flicker_is_right_and_one_of_noise_is_not():
    test = labelled("a", 32, 1.0, 2)
    right = _correct("cca", labelled("b", 64, 1.0, 3), test, TAGS, HIGHEST, SFREQ)
    assert len(right) == 32
    assert right.mean() > 0.9
    nothing = labelled("b", 64, 0.0, 3), labelled("a", 96, 0.0, 4)
    assert _correct("cca", *nothing, TAGS, HIGHEST, SFREQ).mean() < 0.45  # chance is 0.25
