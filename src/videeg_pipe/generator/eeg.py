"""Generated continuous EEG, and its conversion to MNE."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import mne


@dataclass(frozen=True, repr=False)
class GeneratedEeg:
    """Continuous EEG that was generated for one stimulus; it begins with the stimulus."""

    data: NDArray[np.float32]
    """EEG of each draw, (draws, C, N), microvolts."""
    channels: tuple[str, ...]
    """Names of the C electrodes."""
    positions_m: NDArray[np.float64]
    """Places of the electrodes, (C, 3), metres in head coordinates."""
    sfreq: float
    """Sampling rate, Hz."""
    band_hz: tuple[float, float]
    """Pass band of the filter of the training's recordings, Hz."""
    stimulus: str
    """Name of the stimulus' file, or of a mix of several."""
    provenance: dict[str, Any]
    """JSON-able: generator, person, seed and options of the sampler."""

    def __repr__(self) -> str:
        draws, n_channels, _ = self.data.shape
        return (
            f"SYNTHETIC EEG for {self.stimulus}: {draws} draw{'s' * (draws > 1)}, {n_channels} "
            f"channels, {self.seconds:g} s at {self.sfreq:g} Hz, in uV"
        )

    @property
    def seconds(self) -> float:
        """Length, s."""
        return self.data.shape[-1] / self.sfreq

    @classmethod
    def load(cls, path: str | Path) -> "GeneratedEeg":
        """Read generated EEG from the .h5 or .zarr of `save`; MNE reads the other formats.

        Raises:
            UserError: if it is missing, damaged, or something else.
        """
        from videeg_pipe.reader.generated import read_generated

        return cls(**read_generated(Path(path)))

    def to_mne(self, draw: int = 0) -> "mne.io.RawArray":
        """Return one draw in volts, with MNE's channel names, and the stimulus as an annotation."""
        from videeg_pipe.generator.mne_raw import raw_in_memory  # imports MNE

        return raw_in_memory(self, draw)

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to a file whose ending names the format; see `formats.save`.

        Returns:
            The files or folders written: one per draw in MNE's formats.
        """
        from videeg_pipe.generator.formats import save

        return save(self, Path(path), overwrite=overwrite)
