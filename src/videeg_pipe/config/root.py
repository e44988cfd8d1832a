"""All sections together."""

from typing import get_args

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.config.embed import Condition, Embed
from videeg_pipe.config.graphs import Graphs
from videeg_pipe.config.preprocess import Normalisation, Preprocess, Split, Windows
from videeg_pipe.config.release import Release
from videeg_pipe.config.run import Floor, Run
from videeg_pipe.config.sample import Sample
from videeg_pipe.config.source import Bids, Phantom, SeedDV, Source
from videeg_pipe.config.train import Baselines, Spgn, Train, against_privacy
from videeg_pipe.config.validate import Evaluation, NewPeople, Report


class Config(Section):
    """The whole configuration, section by section in the order of the stages."""

    run: Run = Field(Run(), description="What holds for the whole run.")
    source: Source = Field(Source(), description="Which data set to run on.")
    phantom: Phantom = Field(Phantom(), description="The simulated data set.")
    seed_dv: SeedDV = Field(SeedDV(), description="SEED-DV's tree.")
    bids: Bids = Field(Bids(), description="Which part of a BIDS data set to take.")
    preprocess: Preprocess = Field(Preprocess(), description="From raw recordings to clean ones.")
    windows: Windows = Field(Windows(), description="How clips are cut into windows.")
    split: Split = Field(Split(), description="Training, validation and test.")
    normalisation: Normalisation = Field(
        Normalisation(), description="How amplitudes are brought to one scale."
    )
    embed: Embed = Field(Embed(), description="CLIP embeddings and the stimulus track.")
    graphs: Graphs = Field(Graphs(), description="Graphs over the electrodes.")
    condition: Condition = Field(Condition(), description="What a generator is told of a window.")
    spgn: Spgn = Field(Spgn(), description="Architecture of the generator.")
    baselines: Baselines = Field(
        Baselines(), description="The generators that SPGN is compared with."
    )
    train: Train = Field(Train(), description="Optimisation.")
    sample: Sample = Field(Sample(), description="How samples are drawn.")
    release: Release = Field(Release(), description="What is put together and handed out.")
    evaluation: Evaluation = Field(
        Evaluation(), description="How release and generator are scored."
    )
    new_people: NewPeople = Field(
        NewPeople(), description="How people who are left out are taught and scored."
    )
    report: Report = Field(Report(), description="The page that a person reads.")

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
                    f"does not cover what it brings; see docs/privacy.md), found {found}"
                )
        return self

    @property
    def architecture(self) -> tuple[str, ...]:
        """Section that says what the generator is made of; a floor has none."""
        if self.run.model in get_args(Floor):
            return ()
        return ("spgn",) if self.run.model.startswith("spgn") else ("baselines",)

    @property
    def clip_s(self) -> float:
        """Length of a clip where the source fixes it, in seconds; infinite for BIDS."""
        if self.source.kind == "bids":
            return float("inf")
        return (self.phantom if self.source.kind == "phantom" else self.seed_dv).layout.clip_s
