"""The folder of a trained generator: everything that generation needs, and nothing else.

generator.json            what it is, and the options of stimulus and sampler
checkpoint.safetensors    weights, graphs and whitening
model.json                architecture, electrodes and people
normalisation.json        amplitude of each person and electrode
clip/                     the untrained CLIP, or the reference of a trained one
README.md                 model card
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.models.checkpoint import LoadedGenerator, load_generator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

SCHEMA_VERSION = "1.0"
RECORD, SCALES, CARD = "generator.json", "normalisation.json", "README.md"
CLIP = Path("clip", "model.json")
NO_EFFECT_R = 0.999
"""Correlation of EEG for two descriptions of a person above which they change nothing."""
DEFAULT = Path("results", "generator")
"""Where the default run leaves its generator."""


@dataclass(frozen=True)
class GeneratorFolder:
    """The content of a generator's folder, loaded."""

    path: Path
    record: dict[str, Any]
    loaded: LoadedGenerator
    scales: ChannelScales

    @property
    def ignores_descriptions(self) -> bool:
        """Whether EEG of a new person is the same whatever is said about the person."""
        return float(self.record["description_r"]) > NO_EFFECT_R

    @property
    def embed(self) -> EmbedOptions:
        """How stimuli are embedded."""
        return section(EmbedOptions, self.record["embed"])

    @property
    def sample(self) -> SampleOptions:
        """Options of the sampler that the generator was released with."""
        return section(SampleOptions, self.record["sample"])


def read_folder(path: Path) -> GeneratorFolder:
    """Load a generator's folder.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    if not (path / RECORD).is_file():
        found = f"no {RECORD} in it" if path.is_dir() else "no such folder"
        raise UserError(
            str(path),
            expected="the folder of a trained generator",
            found=found,
            next_step="run the workflow, whose results/generator is one, or name another with "
            "--model",
        )
    record = read_record(path / RECORD)
    if record.get("schema_version") != SCHEMA_VERSION:
        raise UserError(
            str(path / RECORD),
            expected=f"schema_version {SCHEMA_VERSION}",
            found=str(record.get("schema_version")),
            next_step="use the version of videeg-pipe that wrote it, or train again",
        )
    return GeneratorFolder(path, record, load_generator(path), ChannelScales.read(path / SCALES))
