"""User errors survive another process, and name a few of many things."""

import pickle

import pytest

from videeg_pipe.runtime.errors import (
    UserError,
    listed,
    make_again,
    printable,
    to_make_again,
    without_credentials,
)


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


def test_a_foreign_name_in_an_error_is_escaped():
    error = UserError("a.tsv", expected="names", found="'O1\x1b[2J'", next_step="rename \x08 it")
    assert str(error) == r"a.tsv; expected names; found 'O1\x1b[2J'; rename \x08 it"
    assert error.found == r"'O1\x1b[2J'"


def test_targets_that_errors_advise_are_read_back():
    errors = [f"x; {make_again('a b', 'c')}", "y; nothing", f"z; {make_again('c', 'd')}, or wait"]
    assert to_make_again(errors) == ["a b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "source={urls: {a: 'https://me:pw@h/x.npy?t=pw#pw'}}",
            "source={urls: {a: 'https://h/x.npy'}}",
        ),
        ("{a: https://h/x?pw, b: http://me:p/w@h/y}", "{a: https://h/x, b: http://h/y}"),
        (
            '{"a":"https://h/x","b":"https://me:pw@h/y?t=pw"}',
            '{"a":"https://h/y"}',
        ),  # more than needed
        ("train={epochs: 3} a@b c?d https://h/x", "train={epochs: 3} a@b c?d https://h/x"),
    ],
)
def test_links_lose_their_credentials(text, shown):
    assert without_credentials(text) == shown
