"""Units of a BIDS recording: those of its header, of channels.tsv and of the configuration."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.sources.findings import Finding

Units = Literal["auto", "uV", "V"] | float


def volts_per_value(
    path: Path,
    raw: Any,
    channels: pd.DataFrame | None,
    units: Units,
    findings: list[Finding],
) -> NDArray[np.float64]:
    """Return the volts per value that MNE returns, (C,)."""
    return np.ones(len(raw.ch_names))
