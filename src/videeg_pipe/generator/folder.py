"""A generator's folder, loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generator_folder import MODEL, SCALES, read_folder_record
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.errors import UserError

_DETERMINISTIC = ("angle", "ddim")


@dataclass(frozen=True)
class GeneratorFolder:
    """The content of a generator's folder."""

    path: Path
    record: dict[str, Any]
    loaded: LoadedGenerator
    scales: ChannelScales

    @property
    def embed(self) -> EmbedOptions:
        """How stimuli are embedded."""
        return section(EmbedOptions, self.record["embed"])

    @property
    def sample(self) -> SampleOptions:
        """Options of the sampler, those of the release if it adds no noise of its own.

        Such noise would differ where windows overlap.
        """
        options = section(SampleOptions, self.record["sample"])
        if options.scheduler in _DETERMINISTIC:
            return options
        return options.model_copy(update={"scheduler": _DETERMINISTIC[0]})


def read_folder(path: Path) -> GeneratorFolder:
    """Load a generator's folder.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    record, loaded = read_folder_record(path), load_checkpoint(path)
    scales, n_channels = ChannelScales.read(path / SCALES), len(loaded.layout.channels)
    for scale in (scales.population, *scales.scales.values()):
        if scale.shape != (n_channels,):
            raise UserError(
                str(path / SCALES),
                expected=f"{n_channels} amplitudes per person, one per electrode of {MODEL}",
                found="x".join(map(str, scale.shape)),
                next_step="copy the whole folder again, or pack it again",
            )
    return GeneratorFolder(path, record, loaded, scales)
