"""Electrode and signal graphs: the `graphs` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class GraphsOptions(Section):
    """Graphs over the electrodes."""

    scales: list[float] = Field(
        [0.5, 1.0, 2.0],
        min_length=1,
        description="Widths of the Gaussian kernels of the electrode graphs, in units of the mean "
        "distance to the nearest electrode.",
    )
    n_neighbours: int = Field(
        8,
        ge=1,
        description="Strongest edges kept per node of a signal graph (then made symmetric).",
    )
    max_windows: int = Field(
        4096, ge=16, description="Training windows from which the signal graphs are estimated."
    )
