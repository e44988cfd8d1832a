"""Clips as pictures, and the models that draw them: the `pictures` section."""

from pydantic import Field, PositiveInt, model_validator

from videeg_pipe.config.base import Section

IN_RUN = "in-run"


class PictureModelOptions(Section):
    """One model: trained in the run, or found."""

    model: str = Field(
        IN_RUN,
        min_length=1,
        description="Model: `in-run` trains a small one on the training videos; otherwise a local "
        "folder in the format of diffusers, or a hub name.",
    )
    revision: str | None = Field(None, description="Commit of the hub repository; pins weights.")
    subfolder: str | None = Field(
        None, description="Folder of the model inside of `model`, such as vae or unet."
    )

    @model_validator(mode="after")
    def _in_run_has_no_place(self) -> "PictureModelOptions":
        if self.model == IN_RUN and (self.revision or self.subfolder):
            raise ValueError(
                f"pictures: expected no revision and no subfolder where model is {IN_RUN}"
            )
        return self


class PictureTraining(Section):
    """Length of one training."""

    steps: PositiveInt = Field(1000, description="Number of batches.")
    batch_size: PositiveInt = Field(16, description="Pictures or clips per batch.")
    learning_rate: float = Field(2e-3, gt=0, description="Peak learning rate of AdamW.")


class PicturesOptions(Section):
    """Clips as frames and text, and the models that draw them: `snakemake pictures`."""

    clip_s: float = Field(
        2.0, gt=0, description="Length of the clips that are decoded, in s; shorter ones drop out."
    )
    frames: PositiveInt = Field(6, le=32, description="Frames per clip.")
    frame_rate: float = Field(
        3.0, gt=0, description="Frames per second; the first one is at the start of the clip."
    )
    width: int = Field(64, ge=32, multiple_of=8, description="Width of the frames, in pixels.")
    height: int = Field(48, ge=32, multiple_of=8, description="Height of the frames, in pixels.")
    tokens: int = Field(
        77, ge=2, le=77, description="Text tokens per caption; trained weights need 77."
    )
    vae: PictureModelOptions = Field(
        PictureModelOptions(), description="Autoencoder (AutoencoderKL)."
    )
    unet: PictureModelOptions = Field(
        PictureModelOptions(), description="Pictures from text (UNet2DConditionModel)."
    )
    motion: PictureModelOptions = Field(
        PictureModelOptions(), description="Motion layers of the UNet (MotionAdapter)."
    )
    control: PictureModelOptions = Field(
        PictureModelOptions(), description="Control by a keyframe (SparseControlNetModel)."
    )
    vae_widths: list[PositiveInt] = Field(
        [16, 32, 64],
        min_length=1,
        description="Channels of the autoencoder, multiples of 8; each after the first halves the "
        "picture's sides.",
    )
    unet_widths: list[PositiveInt] = Field(
        [32, 64], min_length=1, description="Channels of the UNet, multiples of 8."
    )
    vae_training: PictureTraining = Field(
        PictureTraining(steps=550, batch_size=16, learning_rate=2e-3),
        description="Training of the autoencoder, on frames.",
    )
    unet_training: PictureTraining = Field(
        PictureTraining(steps=1600, batch_size=8, learning_rate=2e-3),
        description="Training of the UNet, on frames.",
    )
    motion_training: PictureTraining = Field(
        PictureTraining(steps=320, batch_size=2, learning_rate=1e-3),
        description="Training of the motion layers, on clips, with the UNet frozen.",
    )
    control_training: PictureTraining = Field(
        PictureTraining(steps=240, batch_size=2, learning_rate=1e-3),
        description="Training of the control, on clips, with the rest frozen.",
    )
    threads: PositiveInt = Field(2, description="Threads of a training; results depend on it.")
    steps: PositiveInt = Field(12, description="Steps of the sampler.")
    guidance: float = Field(3.0, ge=1, description="Guidance by the text; 1 for none.")
    strength: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Share of the sampler's steps that are run from given latents; 1 ignores them.",
    )
    ceiling_clips: PositiveInt = Field(
        12, description="Validation clips that the trained models are scored on."
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> "PicturesOptions":
        for name in ("vae_widths", "unet_widths"):
            if any(width % 8 for width in getattr(self, name)):
                raise ValueError(f"pictures.{name}: expected multiples of 8")
        if self.frames > self.clip_s * self.frame_rate + 1e-6:
            raise ValueError(
                f"pictures.frames: expected at most clip_s * frame_rate, "
                f"{self.clip_s * self.frame_rate:g}, found {self.frames}"
            )
        return self
