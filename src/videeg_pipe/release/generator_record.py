"""The generator's record in `model.json`, as far as the release needs it."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import read_record


class SampleLayout(BaseModel):
    """Channels, rate and length of a sample."""

    channels: list[str]
    positions_m: list[tuple[float, float, float]]  # head coordinates
    sfreq: float  # Hz
    n_samples: int  # values per channel

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of a sample, (C, T)."""
        return len(self.channels), self.n_samples

    @property
    def length_s(self) -> float:
        """Length of a sample, seconds."""
        return self.n_samples / self.sfreq


class PrivacyBudget(BaseModel):
    """Privacy budget per person of a differentially private training."""

    epsilon: float
    delta: float


class GeneratorRecord(BaseModel):
    """A trained generator; other keys of `model.json` are ignored."""

    name: str
    config_sha256: str
    checkpoint_sha256: str
    code_version: str
    protocol: str
    parameters: int
    layout: SampleLayout
    privacy: PrivacyBudget | None = None

    @property
    def provenance(self) -> dict[str, str]:
        """Model name, configuration, weights and code, as recorded in the HDF5 file."""
        return {
            "model": self.name,
            "config_sha256": self.config_sha256,
            "checkpoint_sha256": self.checkpoint_sha256,
            "code_version": self.code_version,
        }


def read_generator_record(path: Path) -> GeneratorRecord:
    """Read `model.json`.

    Raises:
        UserError: if the file or one of its keys is missing or invalid.
    """
    try:
        return GeneratorRecord.model_validate(read_record(path))
    except ValidationError as error:
        problem = error.errors()[0]
        raise UserError(
            str(path),
            expected="the record of a trained generator",
            found=f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
            next_step=make_again(str(path)),
        ) from None
