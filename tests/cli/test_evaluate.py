"""Options of `videeg evaluate`."""

import pytest

from videeg_pipe.cli.main import main


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--seed", "-1"), "--seed"),
        (("--window-s", "nan"), "--window-s"),
        (("--window-s", "inf"), "--window-s"),
        (("--out", __file__), "--out"),
        (("--split", "test"), "--split"),
    ],
)
def test_options_out_of_range_give_one_line(capsys, options, named):
    assert main(["evaluate", "real.npy", "synthetic.npy", "--sfreq", "200", *options]) == 1
    printed = capsys.readouterr().err
    assert named in printed and printed.count("\n") == 1
