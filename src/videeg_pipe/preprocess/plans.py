"""What is known of a recording before its samples are read; nothing heavy is imported here."""

from typing import TYPE_CHECKING, Any

from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import FEW
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.recording import BOUNDARY, PAUSE

if TYPE_CHECKING:
    import mne

REASONS = {PAUSE: "pause", BOUNDARY: "boundary"}
"""Annotation to the reason for which a window is dropped; other annotations are their own."""

_NOTCH_MARGIN_HZ = 2.0  # transition band of the notch filter


def listed_segments(annotations: "mne.Annotations") -> list[dict[str, Any]]:
    """Return pauses, breaks and bad segments, in seconds from the first sample."""
    return [
        {
            "onset_s": float(onset),
            "duration_s": float(duration),
            "reason": REASONS.get(text, str(text)),
        }
        for onset, duration, text in zip(
            annotations.onset, annotations.duration, annotations.description, strict=True
        )
    ]


def check_filters(row: Any, config: PreprocessOptions) -> None:
    """Check that the filters lie below half the sampling rate; raise a UserError otherwise."""
    nyquist = row.sfreq / 2
    edges = {"preprocess.h_freq": config.h_freq}
    if config.notch_hz is not None:
        edges["preprocess.notch_hz"] = config.notch_hz + _NOTCH_MARGIN_HZ
    for option, edge in edges.items():
        if edge >= nyquist:
            raise UserError(
                f"{option} with recording {row.recording_id}",
                expected=f"a filter below {nyquist:g} Hz, half its sampling rate",
                found=f"one that reaches {edge:g} Hz",
                next_step=f"lower {option}"
                + (" or set it to null" if option.endswith("notch_hz") else ""),
            )


def check_montage(row: Any, config: PreprocessOptions) -> None:
    """Check that a recording can be mapped onto another montage; raise a UserError otherwise."""
    if config.montage != "own" and row.n_channels < FEW:
        raise UserError(
            f"preprocess.montage with recording {row.recording_id}",
            expected=f"at least {FEW} channels to interpolate the whole head from",
            found=f"{row.n_channels}",
            next_step="set preprocess.montage to own",
        )
