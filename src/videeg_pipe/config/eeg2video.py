"""EEG2Video's decoder: the `eeg2video` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class Eeg2VideoOptions(Section):
    """Sizes of EEG2Video's three parts, by default for a few CPU cores."""

    width: int = Field(
        128, ge=8, description="Width of the sequence model; a multiple of heads. 512 in the paper."
    )
    heads: int = Field(4, ge=1, description="Attention heads.")
    encoder_layers: int = Field(2, ge=1, description="Transformer layers over the EEG's windows.")
    decoder_layers: int = Field(4, ge=1, description="Transformer layers over the frames.")
    window_s: float = Field(
        0.5, gt=0, description="Length of the EEG's windows, s; the authors also name 1 s."
    )
    hop_s: float = Field(0.25, gt=0, description="Time between windows, s.")
    semantic_widths: list[int] = Field(
        [512, 512],
        description="Hidden widths of the semantic predictor; four of 10,000 in the paper.",
    )
    native: bool = Field(
        False,
        description="Start from a zero token, as the published code does: its first frame is the "
        "same for every EEG. False learns the token and decodes the first frame.",
    )
