"""The release: samples merged into one HDF5 file, with the papers that belong to it."""

from videeg_pipe.release.make import make_release

__all__ = ["make_release"]
