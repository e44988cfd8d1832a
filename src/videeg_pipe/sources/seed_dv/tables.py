"""Tables of SEED-DV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.sources.block_tables import BlockFolder, make_block_tables
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.seed_dv.listing import eeg_files, unnamed_files
from videeg_pipe.sources.survey import Survey

_LICENCE = "SEED-DV licence: neither recordings nor frames of the videos may be redistributed"


def make_tables(
    config: Mapping[str, Any], root: Path, survey: Survey | None = None
) -> dict[str, pd.DataFrame]:
    """Check a SEED-DV folder and describe it.

    Args:
        config: `path`, `subjects` and `units` of `source`, and `seed_dv`.
        root: The folder.
        survey: Looks at headers and a few seconds of EEG only, and collects refusals.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    source = section(SourceOptions, config["source"])
    tree = section(SeedDvOptions, config["seed_dv"])
    folder = BlockFolder(
        layout=tree.layout,
        eeg=eeg_files(source, tree),
        videos=[root / tree.video / name for name in tree.videos],
        meta_info=root / tree.meta_info,
        captions=None if tree.captions is None else root / tree.captions,
        participants=root / "participants.tsv",
        licence=_LICENCE,
        redistributable=False,
    )
    what = "Its name or format is not read: expected sub<number>[_session<number>].npy."
    odd = [Finding(str(path), "skipped", what) for path in unnamed_files(root / tree.eeg)]
    return make_block_tables(folder, source, odd, survey)
