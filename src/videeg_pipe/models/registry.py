"""The generators by name: the one place that lists them.

Imports nothing heavy: the configuration and the Snakefile read it.
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from videeg_pipe.models.base import EegGenerator


@dataclass(frozen=True)
class GeneratorSpec:
    """One generator."""

    name: str  # as in `run.model`
    module: str  # the rules that use it run again when this module, or one it imports, changes
    class_name: str
    kind: Literal["generator", "baseline", "floor"]
    options: tuple[str, ...]  # sections of the configuration that describe its architecture

    def load(self) -> "type[EegGenerator]":
        """Import the class."""
        found: type[EegGenerator] = getattr(importlib.import_module(self.module), self.class_name)
        return found


GENERATORS: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        GeneratorSpec("spgn", "videeg_pipe.models.spgn.generator", "Spgn", "generator", ("spgn",)),
        GeneratorSpec(
            "spgn-paper", "videeg_pipe.models.spgn.generator", "SpgnPaper", "generator", ("spgn",)
        ),
        GeneratorSpec("sse", "videeg_pipe.models.baselines.sse", "Sse", "baseline", ("baselines",)),
        GeneratorSpec(
            "efdm", "videeg_pipe.models.baselines.efdm", "Efdm", "baseline", ("baselines",)
        ),
        GeneratorSpec("ecd", "videeg_pipe.models.baselines.ecd", "Ecd", "baseline", ("baselines",)),
        GeneratorSpec("ced", "videeg_pipe.models.baselines.ced", "Ced", "baseline", ("baselines",)),
        GeneratorSpec("ntd", "videeg_pipe.models.baselines.ntd", "Ntd", "baseline", ("baselines",)),
        GeneratorSpec(
            "eegcid", "videeg_pipe.models.baselines.eegcid", "EegCid", "baseline", ("baselines",)
        ),
        GeneratorSpec("jet", "videeg_pipe.models.baselines.jet", "Jet", "baseline", ("baselines",)),
        GeneratorSpec(
            "mean-response", "videeg_pipe.models.floors.mean_response", "MeanResponse", "floor", ()
        ),
        GeneratorSpec("ridge", "videeg_pipe.models.floors.ridge", "Ridge", "floor", ()),
        GeneratorSpec("gaussian", "videeg_pipe.models.floors.gaussian", "Gaussian", "floor", ()),
        GeneratorSpec(
            "phase-randomised",
            "videeg_pipe.models.floors.phase_randomised",
            "PhaseRandomised",
            "floor",
            (),
        ),
    )
}
"""Name to generator, in the order in which tables show them."""
