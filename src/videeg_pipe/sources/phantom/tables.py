"""Tables of the phantom, checked as those of recorded data are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.sources.block_tables import BlockFolder, make_block_tables
from videeg_pipe.sources.phantom.layout import video_name
from videeg_pipe.sources.phantom.listing import simulated_subjects

_LICENCE = "CC-BY-4.0"


def make_tables(config: Mapping[str, Any], root: Path) -> dict[str, pd.DataFrame]:
    """Check the simulated data set and describe it.

    Args:
        config: `subjects` and `units` of `source`, and `phantom`.
        root: Folder of the simulated data set.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    source = section(SourceOptions, config["source"])
    phantom = section(PhantomOptions, config["phantom"])
    videos = root / "Video"
    folder = BlockFolder(
        layout=phantom.layout,
        eeg={
            name: {1: root / "EEG" / f"{name}.npy"}
            for name in simulated_subjects(source, phantom.n_subjects)
        },
        videos=[videos / video_name(block) for block in range(1, phantom.layout.n_blocks + 1)],
        meta_info=videos / "meta-info",
        captions=videos / "BLIP-caption",
        participants=root / "participants.tsv",
        licence=_LICENCE,
        redistributable=True,
        truth=root / "truth",
    )
    return make_block_tables(folder, source)
