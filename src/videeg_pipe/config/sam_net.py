"""SAM-Net's encoders and their training on many people: the `sam_net` section."""

from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section

Region = Literal["frontal", "central", "temporal", "parietal", "occipital"]


class HrtOptions(Section):
    """The hybrid region-temporal encoder; both instances have these sizes."""

    width: int = Field(128, ge=8, description="Width d of the tokens; a multiple of heads.")
    heads: int = Field(4, ge=1, description="Attention heads.")
    layers: int = Field(1, ge=0, description="Transformer layers L over the query tokens (Eq. 4).")
    filters: int = Field(64, ge=1, description="Filters per region (Eq. 3).")
    kernel: int = Field(25, ge=1, description="Length of the regions' filters, samples; odd.")
    stride: int = Field(4, ge=1, description="Samples per time token.")
    scales: list[int] = Field(
        [5, 11, 21],
        description="Lengths of the filters over the keys, time tokens, odd; [] leaves them out.",
    )
    regions: list[Region] = Field(
        ["frontal", "central", "temporal", "parietal", "occipital"],
        description="Regions with an extractor each; others are not seen. [] gives one extractor "
        "for all electrodes.",
    )
    attention: Literal["log-variance", "mean", "off"] = Field(
        "log-variance",
        description="What electrode attention (Eq. 1) sees of an electrode. The paper's mean over "
        "time is near 0 in high-passed EEG.",
    )
    positions: bool = Field(
        True,
        description="Add a learned code of time to the tokens; without it, as in the paper, the "
        "queries cannot tell early from late.",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout of the regions' features.")
    noise: float = Field(
        0.3, ge=0, description="SD of the noise that training adds, in units of the EEG's SD."
    )
    electrode_dropout: float = Field(
        0.1, ge=0, lt=1, description="Probability with which training drops an electrode."
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> "HrtOptions":
        if self.width % self.heads:
            raise ValueError(
                f"sam_net.hrt.width: expected a multiple of sam_net.hrt.heads, {self.heads}, "
                f"found {self.width}"
            )
        for name, lengths in (("kernel", [self.kernel]), ("scales", self.scales)):
            if any(length % 2 == 0 for length in lengths):
                raise ValueError(f"sam_net.hrt.{name}: expected odd lengths, found {lengths}")
        return self


class SamNetOptions(Section):
    """SAM-Net: two encoders, and centred-progressive subject adversarial training (C-SA)."""

    hrt: HrtOptions = Field(HrtOptions(), description="The encoders.")
    progressive: bool = Field(
        True, description="Add people one by one; false trains on all from the start."
    )
    centre: bool = Field(
        True,
        description="Start from the central person (Eq. 5); false starts from the first name.",
    )
    distance: Literal["mean", "covariance"] = Field(
        "mean",
        description="What distances between people are computed from: the mean window (paper), or "
        "the log-Euclidean mean covariance of electrodes.",
    )
    adversary: float = Field(
        0.1,
        ge=0,
        description="Final weight lambda of the reversed gradient (Eq. 8), which rises from 0; 0 "
        "trains without subject classifier.",
    )
    contrastive: float = Field(
        0.0,
        ge=0,
        description="Weight of a contrastive loss on pooled tokens; the paper has none.",
    )
