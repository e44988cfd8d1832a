"""The catalogue of generators: one row per generator, the only place that lists them.

The choices of `run.model`, the rules' slices of the configuration, the report's groups and the
tests derive from it. It imports nothing heavy, because the configuration and the Snakefile read it.
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    from videeg_pipe.models.base import EegGenerator

Kind = Literal["generator", "baseline", "floor"]
"""This project's generators, published baselines, and floors that every generator must beat."""


@dataclass(frozen=True)
class GeneratorSpec:
    """One generator."""

    name: str  # value of `run.model`
    module: str  # full name of the module; an edit of its import closure reruns the training
    class_name: str
    kind: Kind
    options: tuple[str, ...]  # configuration sections that describe its architecture
    description: str  # one line for the report
    private: dict[str, Any] | None = None
    """Values that differential privacy requires of its options, by full name.

    With others, recordings reach the checkpoint without the noise. None: no private training.
    """

    def load(self) -> "type[EegGenerator]":
        """Import the class."""
        generator: type[EegGenerator] = getattr(
            importlib.import_module(self.module), self.class_name
        )
        return generator


def generator_spec(name: str) -> GeneratorSpec:
    """Return the generator of this name.

    Raises:
        UserError: for an unknown name.
    """
    if name not in GENERATORS:
        raise UserError(
            "run.model",
            expected=f"one of {', '.join(GENERATORS)}",
            found=name,
            next_step="correct the option",
        )
    return GENERATORS[name]


def generator_names(kind: Kind) -> tuple[str, ...]:
    """Return the names of the generators of one kind, in the order of the catalogue."""
    return tuple(name for name, spec in GENERATORS.items() if spec.kind == kind)


def _spgn(
    name: str, class_name: str, description: str, private: dict[str, Any] | None = None
) -> GeneratorSpec:
    module = "videeg_pipe.models.spgn.generator"
    return GeneratorSpec(name, module, class_name, "generator", ("spgn",), description, private)


def _baseline(name: str, class_name: str, description: str) -> GeneratorSpec:
    module = f"videeg_pipe.models.baselines.{name}"
    return GeneratorSpec(name, module, class_name, "baseline", ("baselines",), description)


def _floor(name: str, class_name: str, description: str) -> GeneratorSpec:
    module = f"videeg_pipe.models.floors.{name.replace('-', '_')}"
    return GeneratorSpec(name, module, class_name, "floor", (), description)


GENERATORS: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        _spgn(
            "spgn",
            "Spgn",
            "evoked head, and diffusion of the whitened rest",
            private={"spgn.whitening": False, "spgn.signal_graph": False, "spgn.eeg_prior": "off"},
        ),
        _spgn("spgn-paper", "SpgnPaper", "the paper’s reading of SPGN"),
        _baseline("sse", "Sse", "latent diffusion"),
        _baseline("efdm", "Efdm", "diffusion of single channels by state-space layers"),
        _baseline("ecd", "Ecd", "diffusion transformer with the spectrum of its input"),
        _baseline("ced", "Ced", "score-based diffusion in continuous time"),
        _baseline("ntd", "Ntd", "diffusion with long convolutions"),
        _baseline("eegcid", "EegCid", "diffusion with electrodes as tokens"),
        _baseline("jet", "Jet", "flow matching by a transformer"),
        _floor(
            "mean-response",
            "MeanResponse",
            "the person’s mean training window, independent of the video",
        ),
        _floor("ridge", "Ridge", "linear regression on the stimulus"),
        _floor(
            "ridge-gaussian",
            "RidgeGaussian",
            "that regression, plus Gaussian noise with the cross-spectrum of its residuals",
        ),
        _floor("gaussian", "Gaussian", "Gaussian noise with the person’s cross-spectrum"),
        _floor(
            "phase-randomised",
            "PhaseRandomised",
            "the person’s training windows with randomised phases",
        ),
    )
}
"""Name to generator, in the order in which tables show them."""
