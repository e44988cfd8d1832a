"""User errors survive another process, and name a few of many things."""

import pickle

from videeg_pipe.runtime.errors import UserError, listed, printable


def test_a_pickled_user_error_keeps_its_message():
    error = UserError("a.npy", expected="62 channels", found="3", next_step="look again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (UserError, str(error))


def test_a_long_list_is_cut_and_counted():
    names = [f"E{number}" for number in range(1, 65)]
    assert listed(names[:9]) == "E1, E2, E3, E4, E5, E6, E7, E8, E9"
    assert listed(names) == "E1, E2, E3, E4, E5, E6, E7, E8 and 56 more"


def test_the_parts_survive_another_process():
    error = UserError("a.csv", expected="a; b", found="c", next_step="fix it")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.expected, again.found) == (str(error), "a; b", "c")


def test_what_a_terminal_would_obey_is_escaped():
    assert printable("O1\n\x1b[31mred\u202eleft") == r"O1\n\x1b[31mred\u202eleft"
    for name in ("Ångström µV", "日　本", "a\xa0b"):
        assert printable(name) == name
