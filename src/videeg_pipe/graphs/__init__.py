"""Graphs over the electrodes: by distance, and by correlation in each band."""

from videeg_pipe.graphs.build import build_graphs

__all__ = ["build_graphs"]
