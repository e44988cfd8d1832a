"""Forest plots."""

from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.svg import page_style


def test_only_errors_have_a_logarithmic_axis():
    dots = [Dot("a", 0.001), Dot("b", 0.5)]
    with page_style():
        assert ">0.001<" in forest(dots, "error", "", decades=True).svg
        assert ">0.001<" not in forest(dots, "r", "").svg
