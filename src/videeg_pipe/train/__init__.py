"""Stage `train`: fit a generator to the training windows."""

from videeg_pipe.train.stage import train

__all__ = ["train"]
