"""Tests, folder by folder as in `src/videeg_pipe`."""

import os

# before NumPy and torch are imported: each worker of xdist computes on one core
os.environ.setdefault("OMP_NUM_THREADS", "1")
