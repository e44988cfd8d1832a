"""SEED-DV's folders: the `seed_dv` section."""

from pydantic import Field, model_validator

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.source import SourceSection


class SeedDvOptions(SourceSection):
    """SEED-DV's folders; each can be changed, since some copies are flattened."""

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
        "Video/BLIP-caption", description="Folder of the captions; null for none."
    )
    layout: BlockLayout = Field(BlockLayout(), description="Blocks and timing.")

    @model_validator(mode="after")
    def _one_video_per_block(self) -> "SeedDvOptions":
        if len(self.videos) != self.layout.n_blocks:
            raise ValueError(
                f"seed_dv.videos: expected {self.layout.n_blocks}, one per block of "
                f"seed_dv.layout.n_blocks, found {len(self.videos)}"
            )
        return self

    @property
    def clip_s(self) -> float:
        """Length of a clip, in seconds."""
        return self.layout.clip_s
