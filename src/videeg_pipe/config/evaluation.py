"""Scoring of release and generator: the `evaluation` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class EvaluationOptions(Section):
    """Scoring of release and generator on the test split."""

    mean_draws: int = Field(
        4,
        ge=2,
        multiple_of=2,
        description="Samples per window for estimating the conditional mean, in pairs of opposite "
        "noise.",
    )
    max_windows: int = Field(
        240,
        ge=8,
        description="Largest number of test windows for which new samples are drawn and scored.",
    )
    strong_classifiers: bool = Field(
        False,
        description="Also tell generated from real windows by Riemannian tangent space, a tuned "
        "EEGNet and ShallowFBCSPNet, which takes minutes. `snakemake phantoms` always does.",
    )
    max_lag_s: float = Field(0.25, gt=0, description="Largest lag of the lag audit, in s.")
    bootstrap: int = Field(
        1000, ge=10, description="Number of draws of the block bootstrap over clips."
    )
