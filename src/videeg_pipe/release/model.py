"""What the release says of its generator, from `model.json`."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json


class Layout(BaseModel):
    """What a sample looks like."""

    channels: list[str]
    positions_m: list[tuple[float, float, float]]  # head coordinates
    sfreq: float  # Hz
    n_samples: int  # values a channel

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of a sample, (C, T)."""
        return len(self.channels), self.n_samples

    @property
    def length_s(self) -> float:
        """Length of a sample, seconds."""
        return self.n_samples / self.sfreq


class Privacy(BaseModel):
    """What a private training spent on each person."""

    epsilon: float
    delta: float


class Generator(BaseModel):
    """A trained generator; keys of `model.json` that the release does not need are left out."""

    name: str
    config_sha256: str
    checkpoint_sha256: str
    code_version: str
    protocol: str
    parameters: int
    layout: Layout
    privacy: Privacy | None = None

    @property
    def provenance(self) -> dict[str, str]:
        """Model name, configuration, weights and code, as the HDF5 file records them."""
        return {
            "model": self.name,
            "config_sha256": self.config_sha256,
            "checkpoint_sha256": self.checkpoint_sha256,
            "code_version": self.code_version,
        }


def read_generator(path: Path) -> Generator:
    """Read `model.json`.

    Raises:
        UserError: if it is missing or lacks something.
    """
    try:
        return Generator.model_validate(read_json(path))
    except ValidationError as error:
        problem = error.errors()[0]
        raise UserError(
            str(path),
            expected="the record of a trained generator",
            found=f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
            next_step="delete the file and run again",
        ) from None
