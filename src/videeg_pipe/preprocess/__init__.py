"""From raw recordings to clean ones, windows, splits and scales."""

from videeg_pipe.preprocess.normalisation import fit_normalisation
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.preprocess.selection import select_windows
from videeg_pipe.preprocess.windows import cut_windows

__all__ = ["cut_windows", "fit_normalisation", "preprocess_subject", "select_windows"]
