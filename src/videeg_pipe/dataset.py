"""Earlier names of the release reader: `VidEEGDataset` and `to_epochs`.

`videeg_pipe.load_release` has the same and more.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from videeg_pipe.reader.checks import METADATA, reading
from videeg_pipe.reader.release import load_release
from videeg_pipe.reader.torch_dataset import FIELDS, VidEEGDataset

if TYPE_CHECKING:
    import mne

__all__ = ["FIELDS", "METADATA", "VidEEGDataset", "reading", "to_epochs"]


def to_epochs(
    path: str | Path, split: str | None = None, *, subject: str | None = None
) -> "mne.EpochsArray":
    """Convert a release, or a part of it, to MNE epochs.

    Args:
        path: `videeg-gen.h5`.
        split: train, validation or test; None for all.
        subject: Only this subject's samples; None for all.

    Returns:
        Epochs in volts, with time 0 at a sample's first value. They have channel names as in the
        file, the montage of its positions, concepts as events, and labels as metadata. The
        reference is unchanged.

    Raises:
        UserError: for a missing file, an unknown split or subject, or an empty selection.
    """
    from videeg_pipe.reader.mne_epochs import epochs_of  # MNE takes a second to import

    release = load_release(path).select(split=split, subject=subject)
    return epochs_of(release, standard_names=False)
