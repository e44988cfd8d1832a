"""Section `paper`: the measures of the paper's Table 1."""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="paper", floor="`other_window`", sheet="paper")
_MODULE = "videeg_pipe.scoring.paper"

SCORES = (
    _row(
        name="mse",
        label="MSE",
        definition="Mean over windows, electrodes and samples of (g - r)^2.",
        direction="smaller",
        ideal=0,
        limits="Compare with `other_window`: zeros score better than any real window.",
        function=f"{_MODULE}:mean_squared_error",
        trial="mse",
        headline="The paper's MSE",
        ranked=True,
    ),
    _row(
        name="mae",
        label="MAE",
        definition="Mean over windows, electrodes and samples of |g - r|.",
        direction="smaller",
        ideal=0,
        limits="Compare with `other_window`: zeros score better than any real window.",
        function=f"{_MODULE}:mean_absolute_error",
        trial="mae",
    ),
    _row(
        name="pearson",
        label="Pearson",
        definition="Mean over windows of corr(g, r) over all electrodes and samples.",
        direction="larger",
        limits="A perfect generator is far below 1; see `sample_r`.",
        function=f"{_MODULE}:mean_pearson",
        trial="pearson",
        headline="The paper's Pearson",
        ranked=True,
    ),
    _row(
        name="stability",
        label="stability",
        definition="1 / (1 + sd(a) / mean(a)), a = root mean square of a window in uV, over the "
        "windows of a subject, averaged over subjects. Definition ours.",
        direction="ideal",
        ideal="other_window",
        source="ours",
        limits="Independent of quality: noise of constant power has 1.",
        trial="stability",
    ),
    _row(
        name="temporal_consistency",
        label="temporal consistency",
        definition="Mean over windows of corr(diff_t g, diff_t r), first differences in time. "
        "Definition ours.",
        direction="larger",
        source="ours",
        limits="See `sample_r`.",
        function=f"{_MODULE}:temporal_consistency",
        trial="temporal_consistency",
    ),
    _row(
        name="spatial_consistency",
        label="spatial consistency",
        definition="Mean over windows of corr(U(g), U(r)), U = correlations between all pairs of "
        "electrodes of one window. Definition ours.",
        direction="larger",
        source="ours",
        limits="Any window of the person is similar.",
        function=f"{_MODULE}:spatial_consistency",
        trial="spatial_consistency",
    ),
    _row(
        name="performance_index",
        label="performance index",
        definition="Mean of pearson, stability, temporal_consistency and spatial_consistency, each "
        "clipped at 0 from below. Stands in for the paper's comprehensive performance index. "
        "Definition ours.",
        direction="ideal",
        ideal="other_window",
        source="ours",
        limits="Mixes answers to different questions; do not rank by it.",
        sheet=None,
    ),
)
TERMS = (
    Term("normalisation", "Each window is divided by its own largest absolute value: [-1, 1]."),
    Term(
        "other_window",
        "The same measure with another real window of the same subject, from another clip, in "
        "place of the sample g.",
    ),
)
