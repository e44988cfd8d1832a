"""Tables of BIDS: tab-separated text, read as people write it."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from videeg_pipe.runtime.errors import UserError


def read_tsv(path: Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a BIDS table as text, `n/a` as null.

    Args:
        path: The file.
        columns: Names that are recognised whatever their case, such as `Onset` or ` onset`.

    Raises:
        UserError: if the file is not a table.
    """
    try:
        table = pd.read_csv(
            path,
            sep="\t",
            dtype=str,
            keep_default_na=False,
            na_values=["n/a", "N/A", ""],
            encoding="utf-8-sig",
            skipinitialspace=True,
        )
    except (ValueError, OSError) as error:
        raise UserError(
            str(path),
            expected="a tab-separated table in UTF-8",
            found=str(error),
            next_step="save it as tab-separated text in UTF-8, with one row of column names",
        ) from None
    known = {name.lower(): name for name in columns}
    tidy = {
        name: known[name.strip().lower()]
        for name in table.columns
        if name.strip().lower() in known and known[name.strip().lower()] not in table
    }
    return table.rename(columns=tidy)
