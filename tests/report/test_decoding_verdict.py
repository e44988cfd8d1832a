"""One sentence says whether a decoder beats `lookup`."""

import pytest

from tests.report.decoding_files import build
from videeg_pipe.report.decoding_verdict import beats_lookup


@pytest.fixture
def scores(tmp_path):
    """A small decoding.json in which nothing beats `lookup`."""
    return build(tmp_path).scores


def change(scores, row, score="identify_all.vae", **values):
    """Change a comparison, by default to a clear gain."""
    gain = {"difference": 0.1, "low": 0.05, "high": 0.15, "p_holm": 0.01}
    for of in scores["comparisons"]:
        if (of["row"], of["score"]) == (row, score):
            of.update(gain | values)


def test_nothing_beats_lookup(scores):
    verdict = beats_lookup(scores)
    assert verdict.short == "No decoder beats lookup." and verdict.good is False
    assert "0 of 4 rows of decoders are below it" in verdict.text


def test_a_clear_gain_is_named_with_its_interval(scores):
    change(scores, "sam-net_cs")
    verdict = beats_lookup(scores)
    assert verdict.short == "1 of 4 rows of decoders beats lookup." and verdict.good
    assert "sam-net, known people: identification among all clips, VAE 0.100" in verdict.text
    assert "trainings differ" in verdict.text


@pytest.mark.parametrize("short_of", [{"low": -0.01}, {"p_holm": 0.2}, {"p_holm": None}])
def test_a_gain_within_chance_does_not_count(scores, short_of):
    change(scores, "sam-net_cs", **short_of)
    assert beats_lookup(scores).good is False


def test_ssim_does_not_count(scores):
    change(scores, "sam-net_cs", "ssim")
    assert beats_lookup(scores).good is False


def test_a_floor_that_beats_lookup_is_not_a_decoder(scores):
    change(scores, "mean-clip_cs")
    verdict = beats_lookup(scores)
    assert verdict.good is False and "the other floors, these exceed it: mean-clip" in verdict.text


def test_an_adapted_row_must_exceed_lookup_with_the_same_calibration(scores):
    name = "sam-net_new-15_euclidean"
    change(scores, name)
    assert beats_lookup(scores).good is False  # 0.58 against 0.60
    scores["rows"][name]["scores"]["identify_all"]["vae"]["value"] = 0.7
    assert beats_lookup(scores).good


def test_losses_are_counted(scores):
    change(scores, "sam-net_cs", difference=-0.1, low=-0.2, high=-0.05)
    assert "1 of 4 rows of decoders are below it" in beats_lookup(scores).text


def test_without_intervals_nothing_is_said(scores):
    for of in scores["comparisons"]:
        of["low"] = of["high"] = None
    verdict = beats_lookup(scores)
    assert verdict.short == "Whether a row beats lookup cannot be said." and verdict.good is None
