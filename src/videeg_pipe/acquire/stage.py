"""acquire: whatever the source, four tables that say what there is.

The Snakefile imports `listing` from here, so nothing heavy is imported before `acquire` is called.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def acquire(config: Mapping[str, Any], *, phantom: Path, tables: Mapping[str, Path]) -> None:
    """Check the source file by file and describe it in four tables.

    Args:
        config: `kind`, `path`, `subjects` and `units` of `source`, and the section of its kind,
            `phantom`, `seed_dv` or `bids`.
        phantom: Folder of the simulated data set, in SEED-DV's layout.
        tables: Where to write `recordings`, `clips`, `videos` and `participants`; none is written
            before all four are known to be right.

    Raises:
        UserError: naming the first file that is missing or not what it should be.
    """
    from videeg_pipe.config import section
    from videeg_pipe.config.bids import BidsOptions
    from videeg_pipe.config.phantom import PhantomOptions
    from videeg_pipe.config.seed_dv import SeedDvOptions
    from videeg_pipe.config.source import SourceOptions
    from videeg_pipe.contracts.tables import check_table, write_table
    from videeg_pipe.sources.bids.tables import read_bids
    from videeg_pipe.sources.seed_dv.tables import read_phantom, read_seed_dv

    source = section(SourceOptions, config["source"])
    if source.kind == "bids":
        made = read_bids(source, section(BidsOptions, config["bids"]))
    elif source.kind == "seed-dv":
        made = read_seed_dv(source, section(SeedDvOptions, config["seed_dv"]))
    else:
        made = read_phantom(source, section(PhantomOptions, config["phantom"]), phantom)
    checked = {name: check_table(path, name, made[name]) for name, path in tables.items()}
    for name, path in tables.items():
        write_table(path, name, checked[name])
