"""Networks, diffusion and the registry of generators."""

from videeg_pipe.models.inputs import Condition, Conditions, Inputs

__all__ = ["Condition", "Conditions", "Inputs"]
