"""The figure of utility against epsilon shows every variant of its table."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from benchmarks.epsilon import draw_epsilon


def test_figure_shows_every_private_variant_and_the_open_one(tmp_path, monkeypatch):
    means = {"not-private": 0.9, "epsilon-100": 0.4, "epsilon-1": 0.05}
    rows = [
        {"variant": name, "score": score, "mean": mean, "low": low, "high": low and 2 * mean - low}
        for score in ("of_ceiling", "c2st", "covariance_over_floor")
        for (name, mean), low in zip(means.items(), (0.8, 0.3, np.nan), strict=True)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "epsilon.csv", index=False)
    drawn = []
    monkeypatch.setattr(plt, "close", drawn.append)
    draw_epsilon(tmp_path / "epsilon.csv", tmp_path / "docs" / "epsilon.svg")
    monkeypatch.undo()
    (figure,) = drawn
    for panel in figure.axes:
        line = panel.lines[0]
        assert line.get_xdata().tolist() == [1.0, 100.0]
        assert line.get_ydata().tolist() == [0.05, 0.4]
        assert 0.9 in [line.get_ydata()[0] for line in panel.lines[1:]]
        (bars,) = panel.collections
        ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
        np.testing.assert_allclose(ends, [[0.05, 0.05], [0.3, 0.5]])
    plt.close(figure)
    assert re.search(r"<svg", (tmp_path / "docs" / "epsilon.svg").read_text(encoding="utf-8"))
