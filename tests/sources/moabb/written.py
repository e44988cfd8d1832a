"""Files that `write_person` wrote, read back."""

import mne
import pandas as pd

from videeg_pipe.contracts.programs import read_program
from videeg_pipe.runtime.files import read_record
from videeg_pipe.sources.moabb.listing import RECORD


def trials_of(folder):
    return pd.DataFrame(read_record(folder / RECORD)["trials"])


def found_in(folder):
    return read_record(folder / RECORD)["found"]


def block(folder, number):
    return mne.io.read_raw_fif(folder / f"block-{number:02d}_raw.fif", verbose="error")


def blocks(folder):
    return [block(folder, n) for n in range(1, 1 + len(list(folder.glob("block-*_raw.fif"))))]


def programs(folder):
    return {path.stem: read_program(path) for path in (folder / "stimuli").glob("*.json")}
