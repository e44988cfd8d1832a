"""Checks that sides can be compared, warnings and assumptions."""

import pandas as pd
import pytest

from tests.external_eeg.windows import NAMES, SFREQ, N, eeg, error_line, run, write


def test_volts_give_a_warning(tmp_path, arrays, capsys):
    real, _ = arrays
    volts = write(tmp_path / "volts.npy", eeg(2) * 1e-6)
    scores = run(tmp_path, real, volts, "--sfreq", SFREQ)
    (warning,) = scores["warnings"]
    assert "volts" in warning and f"warning: {warning}" in capsys.readouterr().out


def test_few_windows_give_a_warning(tmp_path, arrays, capsys):
    real, _ = arrays
    few = write(tmp_path / "few.npy", eeg(2, 20))
    (warning,) = run(tmp_path, real, few, "--sfreq", SFREQ)["warnings"]
    # of 40 guesses, 95 % lie within 14 to 26 right ones: 0.35 to 0.65
    assert warning.startswith("20 pairs of windows") and "0.5 ± 0.15 (95 %)" in warning
    assert f"warning: {warning}" in capsys.readouterr().out


@pytest.mark.slow
def test_assumptions_name_the_file_that_lacks_the_fact(tmp_path, classifiers):
    named, bare = write(tmp_path / "x.npz", eeg(1)), write(tmp_path / "y.npy", eeg(2))
    csv = tmp_path / "labels.csv"
    pd.DataFrame({"subject": "a", "clip": range(N)}).to_csv(csv, index=False)
    scores = run(tmp_path, named, bare, "--labels", csv)
    rate, order = (
        next(text for text in scores["assumptions"] if part in text)
        for part in ("200 Hz, like", "same order")
    )
    assert str(bare) in rate and str(bare) in order and str(named) not in order
    assert any("columns clip of" in text for text in scores["assumptions"])


def test_sides_that_do_not_fit_give_one_line(tmp_path, arrays, capsys):
    real, synthetic = arrays
    assert "--sfreq" in error_line(capsys, real, synthetic)
    assert "80 Hz or more" in error_line(capsys, real, synthetic, "--sfreq", 30)
    assert "3 of them" in error_line(capsys, real, synthetic, *["--labels", real] * 3)
    assert "for bands up to 40 Hz; found 200 samples at 1e+09 Hz, 2e-07 s" in error_line(
        capsys, real, synthetic, "--sfreq", 1e9
    )
    short = [write(tmp_path / f"{k}.npy", eeg(k)[..., :5]) for k in (1, 2)]
    assert "more than 0.025 s" in error_line(capsys, *short, "--sfreq", SFREQ)
    slow = write(tmp_path / "slow.npz", eeg(1), sfreq=100.0)
    assert "pass --resample 100 or 200: it" in error_line(
        capsys, slow, write(tmp_path / "x.npz", eeg(1))
    )
    assert "resample" in error_line(capsys, slow, synthetic, "--sfreq", SFREQ)
    twice = error_line(capsys, slow, slow, "--sfreq", SFREQ)
    assert "omit --sfreq, which is for arrays without a rate" in twice
    fewer = write(tmp_path / "fewer.npy", eeg(1)[:, :4])
    assert "6 channels" in error_line(capsys, real, fewer, "--sfreq", SFREQ)
    other = write(tmp_path / "other.npz", eeg(1), names=[*NAMES[:5], "O2"])
    printed = error_line(capsys, write(tmp_path / "named.npz", eeg(1)), other)
    assert "missing O1, surplus O2" in printed
    short = write(tmp_path / "short.npy", eeg(1)[..., :100])
    assert "--window-s" in error_line(capsys, real, short, "--sfreq", SFREQ)
    raw = write(tmp_path / "one_raw.fif", eeg(1, 1))
    assert "--window-s" in error_line(capsys, real, raw, "--window-s", 2)
    assert "above 0" in error_line(capsys, real, raw, "--window-s", 0)
    few = write(tmp_path / "few.npy", eeg(1, 4))
    paired = ("--sfreq", SFREQ, "--paired")
    assert "60 windows" in error_line(capsys, real, few, *paired, "--protocol", "generation")
    assert "--protocol" in error_line(capsys, real, synthetic, *paired)
    assert "--protocol" in error_line(capsys, real, synthetic, "--protocol", "generation")
