"""A generator's folder, loaded."""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from videeg_pipe.conditions.window_features import check_rate
from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generator_folder import (
    CARD,
    CHECKPOINT,
    CLIP,
    COPY_AGAIN,
    MODEL,
    RECORD,
    SCALES,
    read_folder_record,
)
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.generator.card import write_card
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import (
    atomic_path,
    entries_of,
    read_record,
    sha256_file,
    write_record,
)
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.features import measure_video
from videeg_pipe.stimuli.video import frames, probe_video

_DETERMINISTIC = ("angle", "ddim")
_EMBED = {
    "model", "revision", "dtype", "batch_size", "frame_rate", "frame_size", "grid_s",
    "align_window_s", "align_overlap",
}  # fmt: skip
_SAMPLE = set(SampleOptions.model_fields)
"""Options that a folder states: a default would not be the training's."""


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

    @cached_property
    def encoder(self) -> ClipEncoder:
        """The CLIP of the training; one of the hub is downloaded if it is not on this machine."""
        manifest = self.path / CLIP
        stored = read_record(manifest, next_step=COPY_AGAIN)
        with entries_of(manifest, next_step=COPY_AGAIN):
            revision, sha256 = stored["revision"], stored["sha256"]
        if revision is None:
            return ClipEncoder(manifest, dtype=self.embed.dtype, next_step=COPY_AGAIN)
        with tempfile.TemporaryDirectory() as temporary:
            found = Path(temporary, "model.json")
            prepare_clip(self.embed, seed=0, manifest=found)
            if read_record(found)["sha256"] != sha256:
                raise UserError(
                    str(manifest),
                    expected="the CLIP of the training on the hub",
                    found="other files",
                    next_step="ask for the weights that the generator was trained with",
                )
            return ClipEncoder(found, dtype=self.embed.dtype)

    def measure(self, stimulus: Path) -> tuple[VideoFeatures, float]:
        """Return the features of a video or program, and its length in seconds.

        Raises:
            UserError: if it cannot be read, or flickers faster than the generator's track.
        """
        info = probe_video(stimulus)
        watched = progress(frames(stimulus), f"watch {stimulus.name}", info.n_frames)
        features = measure_video(watched, info.duration_s, self.encoder, self.embed)
        check_rate(features, self.loaded.condition.track_rate, stimulus.name)
        return features, info.duration_s

    def write(self, target: Path) -> "GeneratorFolder":
        """Write a new folder with the same CLIP; it appears under its name when it is complete.

        Returns:
            The content of the new folder.
        """
        with atomic_path(target) as made:
            shutil.copytree(self.path / Path(CLIP).parent, made / Path(CLIP).parent)
            layout, generator = self.loaded.layout, self.loaded.generator
            weights = {
                key: value.contiguous().cpu() for key, value in generator.state_dict().items()
            }
            save_file(weights, made / CHECKPOINT)
            sha256 = sha256_file(made / CHECKPOINT)
            model = self.loaded.model | {
                "layout": self.loaded.model["layout"] | {"subjects": list(layout.subjects)},
                "checkpoint_sha256": sha256,
                "parameters": generator.n_parameters,
            }
            write_record(made / MODEL, model)
            self.scales.write(made / SCALES)
            record = self.record | {"checkpoint_sha256": sha256}
            write_card(made / CARD, record, model, layout)
            write_record(made / RECORD, record)
        return read_folder(target)


def read_folder(path: Path) -> GeneratorFolder:
    """Load a generator's folder.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    record = read_folder_record(path)
    with entries_of(path / RECORD, next_step=COPY_AGAIN):
        EmbedOptions.model_validate(record["embed"])
        SampleOptions.model_validate(record["sample"])
        if lacking := sorted(_EMBED - set(record["embed"]) | _SAMPLE - set(record["sample"])):
            raise KeyError(listed(lacking))
    loaded = load_checkpoint(path, next_step=COPY_AGAIN)
    scales = ChannelScales.read(path / SCALES, next_step=COPY_AGAIN)
    n_channels = len(loaded.layout.channels)
    if lacking := sorted(set(loaded.layout.subjects) - set(scales.scales)):
        raise UserError(
            str(path / SCALES),
            expected=f"amplitudes of everybody in {MODEL}",
            found=f"none of {listed(lacking)}",
            next_step=COPY_AGAIN,
        )
    for scale in (scales.population, *scales.scales.values()):
        if scale.shape != (n_channels,):
            raise UserError(
                str(path / SCALES),
                expected=f"{n_channels} amplitudes per person, one per electrode of {MODEL}",
                found="x".join(map(str, scale.shape)),
                next_step="copy the whole folder again, or pack it again",
            )
    return GeneratorFolder(path, record, loaded, scales)
