"""How a player shows a decoded frame: its colours, and which way up."""

from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

_BT709, _UNSPECIFIED = 1, 2  # AVColorSpace
_HDR = {ColorTrc.SMPTE2084.value, ColorTrc.ARIB_STD_B67.value}  # PQ and HLG
_HD = (1280, 576)  # players take untagged pictures as BT.709 from this width or above this height
_LEAST_TURN = 0.01  # of a display matrix: smaller entries are rounding


class Orientation(NamedTuple):
    """Steps from the stored to the shown picture, in this order."""

    transposed: bool = False
    left_right: bool = False  # mirrored
    upside_down: bool = False

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn and mirror a picture (H, W, 3)."""
        if self.transposed:
            picture = picture.swapaxes(0, 1)
        if self.left_right:
            picture = picture[:, ::-1]
        if self.upside_down:
            picture = picture[::-1]
        return np.ascontiguousarray(picture)


def orientation(frame: av.VideoFrame, name: str = "a decoded frame") -> Orientation:
    """Read the display matrix of a frame, as phones write it.

    Raises:
        UserError: with `name`, for a matrix other than of quarter turns.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    # ISO 14496-12: x' = a x + c y, y' = b x + d y, with x to the right and y downwards
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(float)
    straight, turned = abs(a) + abs(d), abs(b) + abs(c)
    if turned <= _LEAST_TURN * straight:
        return Orientation(False, bool(a < 0), bool(d < 0))
    if straight <= _LEAST_TURN * turned:
        return Orientation(True, bool(c < 0), bool(b < 0))
    raise UserError(
        name,
        expected="pictures turned by 0, 90, 180 or 270 degrees",
        found=f"a turn by {np.degrees(np.arctan2(b, a)):.0f} degrees",
        next_step="convert it: ffmpeg -i FILE new.mp4",
    )


class ShownColours:
    """Gives frames the colours that a player shows; keeps its conversion from frame to frame."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame, converted where it is HDR and tagged where it is untagged HD."""
        if frame.color_trc in _HDR:
            return self._reformatter.reformat(
                frame,
                format="rgb24",
                dst_color_trc=ColorTrc.BT709,
                dst_color_primaries=ColorPrimaries.BT709,
            )
        hd = frame.width >= _HD[0] or frame.height > _HD[1]
        if hd and frame.colorspace == _UNSPECIFIED and not frame.format.is_rgb:
            frame.colorspace = _BT709
        return frame
