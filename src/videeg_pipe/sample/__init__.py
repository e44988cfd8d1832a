"""Stage `sample`: generated windows, a part of the release at a time."""

from videeg_pipe.sample.stage import sample_part

__all__ = ["sample_part"]
