"""Sampling from a trained generator: the `sample` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.base import Section


class SampleOptions(Section):
    """Sampler, guidance, batches and threads."""

    scheduler: Literal["angle", "ddpm", "ddim", "dpm-solver++"] = Field(
        "angle",
        description="Sampler from diffusers. angle is Euler's method in the angle between signal "
        "and noise, for generators that predict v; others use ddim instead.",
    )
    steps: int = Field(16, ge=1, le=1000, description="Sampling steps.")
    departure: float = Field(
        3.0,
        ge=0,
        description="Multiplier on SPGN's predicted v at the end of sampling; it grows from 1 at "
        "its beginning. 1 is as trained, which under-disperses; 0 is a Gaussian, without the "
        "network. No effect without spgn.whitening.",
    )
    temperature: float = Field(
        1.0,
        ge=0,
        description="Multiplier on SPGN's initial noise, not on the noise that ddpm adds later. "
        "With departure 0 and spgn.whitening, 0 gives the evoked head's conditional mean.",
    )
    guidance: float = Field(
        1.0, ge=0, description="Classifier-free guidance scale; 1 = without guidance."
    )
    baseline_nfe: int | None = Field(
        None,
        ge=2,
        description="Upper limit on network evaluations per sample of a baseline; null uses the "
        "paper's number. Baselines use their papers' samplers, not scheduler and steps.",
    )
    batch_size: int = Field(64, ge=1, description="Samples per batch.")
    part_size: int | None = Field(
        None,
        ge=1,
        description="Samples per job, rounded up to whole batches; null: 512, and more from 16,384 "
        "released samples on, 4 times the square root of their number; with run.gpus, 1,800 "
        "batches.",
    )
    threads: int = Field(
        2,
        ge=1,
        description="CPU threads per job. Rounding depends on this number, not on the cores.",
    )
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Precision of the network in sampling."
    )
    compile: bool = Field(
        False,
        description="Compile the network with torch.compile while the release is sampled, for "
        "speed on a GPU. Each part takes about a minute longer to start, and rounding differs. "
        "Needs a C++ compiler.",
    )
