"""Options of `videeg evaluate`."""

import pytest

from videeg_pipe.cli.main import main


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--seed", "-1"), "seed;"),
        (("--window-s", "nan"), "window_s;"),
        (("--resample", "0"), "resample; expected 80 to 100000 Hz; found 0"),
        (("--resample", "1e-9"), "resample;"),
        (("--resample", "1e9"), "resample;"),
        (("--window-s", "1e-9"), "window_s; expected seconds above 0.025; found 1e-09"),
        (("--window-s", "inf"), "window_s;"),
        (("--out", __file__), "--out"),
        (("--split", "test"), "videeg: split;"),
    ],
)
def test_options_out_of_range_give_one_line(capsys, options, named):
    assert main(["evaluate", "real.npy", "synthetic.npy", "--sfreq", "200", *options]) == 1
    printed = capsys.readouterr().err
    assert named in printed and printed.count("\n") == 1


def test_a_missing_side_is_named(capsys):
    assert main(["evaluate", __file__ + ".npy", "synthetic.npy", "--sfreq", "200"]) == 1
    assert "found no such file or folder; correct the path" in capsys.readouterr().err
