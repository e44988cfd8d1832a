"""Blocks and clips in time, which the sections `phantom` and `seed_dv` share."""

from pydantic import Field

from videeg_pipe.config.base import Section


class BlockLayout(Section):
    """Timing of the clips in a block; the defaults are SEED-DV's."""

    n_blocks: int = Field(
        7, ge=1, le=1000, description="Number of blocks; each is one video and one recording."
    )
    concepts_per_block: int = Field(40, ge=1, le=40, description="Concepts per block.")
    clips_per_concept: int = Field(5, ge=1, le=1000, description="Clips per concept, without gaps.")
    hint_s: float = Field(3.0, ge=0, description="Hint before the clips of a concept, in seconds.")
    clip_s: float = Field(2.0, gt=0, description="Length of a clip, in seconds.")
    sfreq: float = Field(200.0, ge=100, description="Sampling rate of the EEG, in Hz.")
    fps: float = Field(24.0, gt=0, description="Frame rate of the videos, in Hz.")
