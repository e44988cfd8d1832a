"""The catalogue of decoders: one row per decoder, the only place that lists them.

It imports nothing heavy, like the catalogue of generators.
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    from videeg_pipe.models.decoders.base import Decoder

Kind = Literal["decoder", "floor"]
OwnStart = Literal["raw", "mixed-noise", "no-keyframe"]
"""Start of the sampler in a publication; see `models/pictures/drawing.py`."""


@dataclass(frozen=True)
class DecoderSpec:
    """One decoder."""

    name: str
    module: str  # full name of the module; an edit of its import closure reruns the training
    class_name: str
    kind: Kind
    options: tuple[str, ...]  # configuration sections that it reads
    description: str  # one line for the report
    own_start: OwnStart | None = None
    drawn: bool = True  # by the generator of clips; else its latents are decoded as they are

    def load(self) -> "type[Decoder]":
        """Import the class."""
        decoder: type[Decoder] = getattr(importlib.import_module(self.module), self.class_name)
        return decoder


def decoder_spec(name: str) -> DecoderSpec:
    """Return the decoder of this name.

    Raises:
        UserError: for an unknown name.
    """
    if name not in DECODERS:
        raise UserError(
            "decoder",
            expected=f"one of {', '.join(DECODERS)}",
            found=name,
            next_step="correct the name",
        )
    return DECODERS[name]


def _network(
    name: str, class_name: str, description: str, own_start: OwnStart | None = None
) -> DecoderSpec:
    section = name.replace("-", "_")
    module = f"videeg_pipe.models.decoders.{section}"
    options = (section, "decoders")
    return DecoderSpec(name, module, class_name, "decoder", options, description, own_start)


def _floor(name: str, class_name: str, description: str, *, drawn: bool) -> DecoderSpec:
    module = f"videeg_pipe.models.decoders.floors.{name.replace('-', '_')}"
    return DecoderSpec(name, module, class_name, "floor", (), description, drawn=drawn)


DECODERS: dict[str, DecoderSpec] = {
    spec.name: spec
    for spec in (
        _network(
            "sam-net", "SamNet", "region-temporal encoders, trained against subject identity", "raw"
        ),
        _network(
            "eeg2video", "Eeg2Video", "sequence model of latents, semantic predictor", "mixed-noise"
        ),
        _network(
            "dynamind", "Dynamind", "regional semantics, prior, temporal patches", "no-keyframe"
        ),
        _network("mindcross", "Mindcross", "one shared encoder and one per person"),
        _floor(
            "lookup",
            "Lookup",
            "linear concept decoder, answered with a training clip",
            drawn=False,
        ),
        _floor("ridge", "Ridge", "linear regression to text and latents", drawn=True),
        _floor("mean-clip", "MeanClip", "the mean training clip, whatever the EEG", drawn=False),
        _floor("shuffled", "ShuffledRidge", "ridge fitted to EEG of other runs", drawn=True),
    )
}
"""Name to decoder, in the order in which tables show them."""
