"""Length and stride of windows: the `windows` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class WindowsOptions(Section):
    """Windows that clips are cut into."""

    length_s: float = Field(1.0, gt=0, description="Length of a window, in seconds.")
    stride_s: float = Field(
        1.0, gt=0, description="Step from one window's start to the next, in s."
    )
