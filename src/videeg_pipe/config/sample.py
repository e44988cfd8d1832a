"""Sampling from a trained generator: the `sample` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.base import Section


class SampleOptions(Section):
    """How samples are drawn."""

    scheduler: Literal["angle", "ddpm", "ddim", "dpm-solver++"] = Field(
        "angle",
        description="Sampler, from diffusers; angle is Euler's method in the angle between signal "
        "and noise, for generators that predict v (others take ddim).",
    )
    steps: int = Field(16, ge=1, le=1000, description="Inference steps.")
    departure: float = Field(
        1.3,
        ge=0,
        description="Factor on what the network says of a whitened window's departure from a "
        "Gaussian; 1 is the network alone, which is too timid, 0 the Gaussian. Nothing without "
        "spgn.whitening.",
    )
    temperature: float = Field(
        1.0,
        ge=0,
        description="Factor on the noise that a sample of SPGN starts from; with departure 0 and "
        "spgn.whitening, 0 gives the evoked head's conditional mean. Not on what ddpm adds later.",
    )
    guidance: float = Field(
        1.0, ge=0, description="Classifier-free guidance scale; 1 is the condition alone."
    )
    baseline_nfe: int | None = Field(
        None,
        ge=2,
        description="Most network evaluations a sample of a baseline, which has a sampler of its "
        "own and takes neither scheduler nor steps; null for as many as in its paper.",
    )
    batch_size: int = Field(64, ge=1, description="Samples in a batch.")
    part_size: int = Field(512, ge=1, description="Samples a job; rounded up to whole batches.")
    threads: int = Field(
        2, ge=1, description="CPU threads of a sampling job. Sums depend on it, cores do not."
    )
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Arithmetic of the network while sampling."
    )

    @property
    def samples_per_part(self) -> int:
        """Samples a job: whole batches, so that parts do not change which samples share one."""
        return -(-self.part_size // self.batch_size) * self.batch_size
