"""All sections together."""

from pydantic import Field, model_validator

from videeg_pipe.config.augment import AugmentOptions
from videeg_pipe.config.base import Section
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.decode import DecodeOptions
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.dynamind import DynamindOptions
from videeg_pipe.config.eeg2video import Eeg2VideoOptions
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.config.mindcross import MindcrossOptions
from videeg_pipe.config.new_people import NewPeopleOptions
from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.config.report import ReportOptions
from videeg_pipe.config.run import RunOptions
from videeg_pipe.config.sam_net import SamNetOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.ssvep import SsvepOptions
from videeg_pipe.config.train import TrainOptions, privacy_conflict
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.models.registry import GENERATORS
from videeg_pipe.sources.registry import SOURCES


class Config(Section):
    """The whole configuration, section by section in the order of the stages."""

    run: RunOptions = Field(RunOptions(), description="Options of the whole run.")
    source: SourceOptions = Field(SourceOptions(), description="Which data set to run on.")
    phantom: PhantomOptions = Field(PhantomOptions(), description="The simulated data set.")
    seed_dv: SeedDvOptions = Field(SeedDvOptions(), description="SEED-DV's folders.")
    bids: BidsOptions = Field(
        BidsOptions(), description="The part of a BIDS data set that is used."
    )
    preprocess: PreprocessOptions = Field(
        PreprocessOptions(), description="From raw recordings to clean ones."
    )
    windows: WindowsOptions = Field(
        WindowsOptions(), description="Windows that clips are cut into."
    )
    split: SplitOptions = Field(SplitOptions(), description="Training, validation and test.")
    normalisation: NormalisationOptions = Field(
        NormalisationOptions(), description="Scale that amplitudes are divided by."
    )
    embed: EmbedOptions = Field(
        EmbedOptions(), description="CLIP embeddings and the stimulus track."
    )
    graphs: GraphsOptions = Field(GraphsOptions(), description="Graphs over the electrodes.")
    condition: ConditionOptions = Field(
        ConditionOptions(), description="Inputs of a generator for one window."
    )
    spgn: SpgnOptions = Field(SpgnOptions(), description="Architecture of the generator.")
    baselines: BaselinesOptions = Field(
        BaselinesOptions(), description="The generators that SPGN is compared with."
    )
    train: TrainOptions = Field(TrainOptions(), description="Optimisation.")
    sample: SampleOptions = Field(SampleOptions(), description="How samples are drawn.")
    release: ReleaseOptions = Field(
        ReleaseOptions(), description="Size, splits and names of the release."
    )
    evaluation: EvaluationOptions = Field(
        EvaluationOptions(), description="How release and generator are scored."
    )
    new_people: NewPeopleOptions = Field(
        NewPeopleOptions(), description="Adaptation to left-out people and its scores."
    )
    ssvep: SsvepOptions = Field(
        SsvepOptions(), description="Decoders of a flicker, trained on generated and real EEG."
    )
    pictures: PicturesOptions = Field(
        PicturesOptions(), description="Clips as pictures, and the models that draw them."
    )
    decode: DecodeOptions = Field(
        DecodeOptions(), description="Decoders from EEG to video, and their protocols."
    )
    decoders: DecodersOptions = Field(
        DecodersOptions(), description="Training that all decoders share."
    )
    sam_net: SamNetOptions = Field(SamNetOptions(), description="The decoder SAM-Net.")
    eeg2video: Eeg2VideoOptions = Field(Eeg2VideoOptions(), description="The decoder EEG2Video.")
    dynamind: DynamindOptions = Field(DynamindOptions(), description="The decoder DynaMind.")
    mindcross: MindcrossOptions = Field(MindcrossOptions(), description="The decoder MindCross.")
    mapper: MapperOptions = Field(
        MapperOptions(), description="Adaptation of a decoder to a new person."
    )
    augment: AugmentOptions = Field(
        AugmentOptions(), description="What generated EEG adds to decoders."
    )
    report: ReportOptions = Field(ReportOptions(), description="The report page.")

    @model_validator(mode="after")
    def _sections_fit(self) -> "Config":
        clip_s = _clip_s(self)
        if self.windows.length_s > clip_s:
            raise ValueError(
                f"windows.length_s: expected at most a clip's length, {clip_s} s, "
                f"found {self.windows.length_s} s"
            )
        if self.sample.steps > self.train.diffusion_steps:
            raise ValueError(
                f"sample.steps: expected at most train.diffusion_steps, "
                f"{self.train.diffusion_steps}, found {self.sample.steps}"
            )
        share = self.release.fractions[1]
        if share and not self.split.validation:
            raise ValueError(
                f"release.fractions: expected 0 as the second share where split.validation is [], "
                f"found {share:g}"
            )
        if self.train.privacy.epsilon is not None:
            conflict = privacy_conflict(self.run.model, self.model_dump(mode="json"))
            if conflict is not None:
                option, needed, found = conflict
                raise ValueError(
                    f"{option}: expected {needed} where train.privacy.epsilon is set (the noise "
                    f"does not cover this option; see docs/privacy.md), found {found}"
                )
        return self

    @property
    def architecture(self) -> tuple[str, ...]:
        """Names of the sections that describe the generator's architecture; floors have none."""
        return GENERATORS[self.run.model].options


def _clip_s(config: Config) -> float:
    """Length of a clip where the source fixes it, in seconds; infinite elsewhere."""
    sections = [getattr(config, name) for name in SOURCES[config.source.kind].options]
    return min((section.clip_s for section in sections), default=float("inf"))
