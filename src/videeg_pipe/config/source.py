"""Where the data come from: the `source`, `seed_dv`, `bids` and `phantom` sections."""

from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class BlockLayout(Section):
    """How videos are laid out in a block; the defaults are SEED-DV's."""

    n_blocks: int = Field(7, ge=1, description="Blocks, each one video and one stretch of EEG.")
    concepts_per_block: int = Field(40, ge=1, le=40, description="Concepts shown in a block.")
    clips_per_concept: int = Field(5, ge=1, description="Clips of one concept, back to back.")
    hint_s: float = Field(3.0, ge=0, description="Hint before the clips of a concept, in seconds.")
    clip_s: float = Field(2.0, gt=0, description="Length of a clip, in seconds.")
    sfreq: float = Field(200.0, ge=100, description="Sampling rate of the EEG, in Hz.")
    fps: float = Field(24.0, gt=0, description="Frames a second of the videos.")

    @property
    def concept_s(self) -> float:
        """Seconds from one concept's hint to the next's."""
        return self.hint_s + self.clips_per_concept * self.clip_s

    @property
    def block_s(self) -> float:
        """Length of a block, in seconds."""
        return self.concepts_per_block * self.concept_s


class SourceOptions(Section):
    """Which data set to run on."""

    kind: Literal["phantom", "seed-dv", "bids"] = Field(
        "phantom", description="Data set: simulated with a known answer, SEED-DV, or BIDS-EEG."
    )
    path: str | None = Field(
        None,
        description="Folder of the data set, relative to the working directory. The phantom has "
        "none. With `urls` it is where the download goes.",
    )
    subjects: list[str] | None = Field(
        None, min_length=1, description="Subjects to take, such as [sub1, sub3]; null takes all."
    )
    urls: dict[str, str] = Field(
        {},
        description="SEED-DV only: file in the data set's tree to the link in your mail, http or "
        "https. Empty where the folder is complete already.",
    )
    sha256: dict[str, str] = Field(
        {}, description="Checksums that downloaded files must have: file name to SHA-256."
    )
    username_env: str = Field(
        "VIDEEG_USERNAME", description="Environment variable with the user name for the links."
    )
    password_env: str = Field(
        "VIDEEG_PASSWORD", description="Environment variable with the password for the links."
    )
    units: Literal["auto", "uV", "V"] = Field(
        "auto",
        description="Units of SEED-DV's stored EEG: told from each file's robust spread, or as "
        "given (then a spread that does not fit is refused). BIDS says its units itself.",
    )

    @model_validator(mode="after")
    def _needs_a_folder(self) -> "SourceOptions":
        if self.kind != "phantom" and self.path is None:
            raise ValueError(f"source.path is needed for source.kind {self.kind}: name the folder")
        if self.urls and self.kind != "seed-dv":
            raise ValueError("source.urls works with source.kind seed-dv alone")
        if self.units != "auto" and self.kind == "bids":
            raise ValueError("source.units: expected auto with source.kind bids")
        return self

    @model_validator(mode="after")
    def _urls_stay_in_the_folder(self) -> "SourceOptions":
        for name, url in self.urls.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or str(path) != name:
                raise ValueError(
                    f"source.urls: expected a path inside the data set such as EEG/sub1.npy, "
                    f"found {name!r}"
                )
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"source.urls: expected an http or https link for {name}")
        unknown = set(self.sha256) - set(self.urls)
        if self.urls and unknown:
            raise ValueError(f"source.sha256: {sorted(unknown)[0]!r} is not in source.urls")
        return self


class SeedDvOptions(Section):
    """SEED-DV's tree; some people flatten it, so every place can be changed."""

    eeg: str = Field("EEG", description="Folder of sub*.npy, relative to `source.path`.")
    video: str = Field("Video", description="Folder of the block videos.")
    videos: list[str] = Field(
        [
            "1st_10min.mp4",
            "2nd_10min.mp4",
            "3rd_10min.mp4",
            "4th_10min.mp4",
            "5th_10min.mp4",
            "6th_10min.mp4",
            "7th_10min.mp4",
        ],
        description="Block videos in the order of the blocks.",
    )
    meta_info: str = Field("Video/meta-info", description="Folder of All_video_label.npy.")
    captions: str | None = Field(
        "Video/BLIP-caption", description="Folder of the captions, or null to go without."
    )
    layout: BlockLayout = Field(BlockLayout(), description="Blocks and timing.")

    @model_validator(mode="after")
    def _one_video_a_block(self) -> "SeedDvOptions":
        if len(self.videos) != self.layout.n_blocks:
            raise ValueError(
                f"seed_dv.videos: expected {self.layout.n_blocks}, one a block of "
                f"seed_dv.layout.n_blocks, found {len(self.videos)}"
            )
        return self


class BidsOptions(Section):
    """Which part of a BIDS data set to take."""

    task: str | None = Field(None, description="Task to take; null takes the only one there is.")
    stimuli: str = Field("stimuli", description="Folder that `stim_file` is relative to.")
    redistributable_videos: bool = Field(
        False, description="Whether the videos' licence allows frames in the release."
    )


class PhantomOptions(Section):
    """The simulated data set, written in SEED-DV's layout, with the true evoked part beside it."""

    n_subjects: int = Field(4, ge=1, le=99, description="Simulated people.")
    layout: BlockLayout = Field(
        BlockLayout(concepts_per_block=12),
        description="Blocks and timing; fewer concepts than SEED-DV.",
    )
    width: int = Field(
        160, ge=64, multiple_of=2, description="Width of the videos, in pixels, even."
    )
    height: int = Field(
        120, ge=64, multiple_of=2, description="Height of the videos, in pixels, even."
    )
    evoked_uv: float = Field(
        11.0,
        gt=0,
        description="P1 that a clip's onset evokes in the average person, at its strongest "
        "electrode, in uV. All of the evoked part scales with it and nothing else does: it sets "
        "the evoked signal-to-noise ratio, and twice as much is 6 dB.",
    )
    background_uv: float = Field(
        11.0, gt=0, description="Root mean square of the 1/f background over channels, in uV."
    )
    gain_sd: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Slow changes of the background's amplitude: standard deviation of its natural "
        "logarithm, without unit. Mean power stays; 0 switches them off.",
    )
    gain_s: float = Field(
        1.5,
        gt=0,
        description="How long such a change lasts: lag at which the logarithm's autocorrelation "
        "has fallen to 1/e, in seconds.",
    )
    exponent_sd: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Slow changes of the 1/f exponent: its standard deviation over time, without "
        "unit. Mean power stays; 0 switches them off.",
    )
    alpha_uv: float = Field(
        10.0,
        ge=0,
        description="Root mean square of alpha at the height of a burst, for the average person "
        "and the strongest electrode, in uV.",
    )
    burst_sd: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Standard deviation of the natural logarithm of a burst's amplitude, without "
        "unit. Mean power stays; with 0 all bursts are alike.",
    )
    alpha_erd: float = Field(
        0.6,
        ge=0,
        lt=1,
        description="Share of alpha's power that a picture in full motion suppresses, of that at a "
        "still picture, without unit. Mean power during clips stays; 0 switches it off.",
    )
    blink_uv: float = Field(80.0, ge=0, description="Peak of the average blink at FPZ, in uV.")
    blink_timing: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Share of the blinks that wait for a cut or the start or end of a clip, "
        "without unit. Their number stays; with 0 blinks come at any time.",
    )
    line_hz: float = Field(50.0, gt=0, description="Frequency of the mains, in Hz.")
    line_uv: float = Field(
        2.0, ge=0, description="Mean amplitude of the mains over channels, in uV."
    )
