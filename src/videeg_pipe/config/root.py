"""All sections together."""

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.embed import ConditionOptions, EmbedOptions
from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.config.preprocess import (
    NormalisationOptions,
    PreprocessOptions,
    SplitOptions,
    WindowsOptions,
)
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.config.run import RunOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.config.train import BaselinesOptions, SpgnOptions, TrainOptions, against_privacy
from videeg_pipe.config.validate import EvaluationOptions, NewPeopleOptions, ReportOptions
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
    report: ReportOptions = Field(ReportOptions(), description="The report page.")

    @model_validator(mode="after")
    def _sections_fit(self) -> "Config":
        if self.windows.length_s > self.clip_s:
            raise ValueError(
                f"windows.length_s: expected at most a clip's length, {self.clip_s} s, "
                f"found {self.windows.length_s} s"
            )
        if self.sample.steps > self.train.diffusion_steps:
            raise ValueError(
                f"sample.steps: expected at most train.diffusion_steps, "
                f"{self.train.diffusion_steps}, found {self.sample.steps}"
            )
        if self.train.privacy.epsilon is not None:
            conflict = against_privacy(self.run.model, self.spgn, self.train)
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

    @property
    def clip_s(self) -> float:
        """Length of a clip where the source fixes it, in seconds; infinite elsewhere."""
        sections = [getattr(self, name) for name in SOURCES[self.source.kind].options]
        return min((section.clip_s for section in sections), default=float("inf"))
