"""User errors survive another process."""

import pickle

from videeg_pipe.runtime.errors import UserError


def test_a_pickled_user_error_keeps_its_message():
    error = UserError("a.npy", expected="62 channels", found="3", next_step="look again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (UserError, str(error))
