"""Tables of BIDS: tab-separated text, read as people write it."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

if TYPE_CHECKING:
    import pandas as pd

_NULL = ("", "n/a")


def read_tsv(path: Path, columns: Iterable[str] = ()) -> "pd.DataFrame":
    """Read a BIDS table as text, `n/a` as null.

    Args:
        path: The file.
        columns: Names that are recognised whatever their case, such as `Onset` or ` onset`.

    Raises:
        UserError: if the file is not a table.
    """
    import pandas as pd  # `read_columns` alone starts fast

    table = read_columns(path, columns)
    if not table:
        raise _no_table(path, "an empty file")
    null = float("nan")
    cells = {
        name: [null if cell.lower() in _NULL else cell for cell in column]
        for name, column in table.items()
    }
    return pd.DataFrame(cells, dtype=object)


def read_columns(
    path: Path, columns: Iterable[str] = (), *, errors: str = "strict"
) -> dict[str, list[str]]:
    """Read the columns of a BIDS table, without blanks around names and cells.

    BIDS has no quotes: one is part of the text, unless two enclose a whole cell, as R and Excel
    write them. Unnamed columns are left out, and of equal names the first one counts.

    Args:
        path: The file.
        columns: As in `read_tsv`.
        errors: What to do with bytes that are not UTF-8, as in `open`.

    Returns:
        Name to cells, one per row; an empty table has no names.

    Raises:
        UserError: if the file is not text in UTF-8, or a row has more cells than there are names.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors=errors)
    except FileNotFoundError:  # also a link whose target was not downloaded
        raise missing(path) from None
    except (ValueError, OSError) as error:
        raise _no_table(path, str(error)) from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        return {}
    known = {name.lower(): name for name in columns}
    written = _cells(lines[0][1])
    names = [
        name if known.get(name.lower(), name) in written else known[name.lower()]
        for name in written
    ]
    rows = [_cells(line, len(names)) for _, line in lines[1:]]
    if _numbered(rows, len(names)):
        rows = [row[1:] for row in rows]
    for (number, line), row in zip(lines[1:], rows, strict=True):
        if any(row[len(names) :]):
            raise _no_row(path, number, f"{len(row)} cells, such as {row[-1]!r}", len(names))
        if len(row) < len(names) and line.rsplit("\t", 1)[-1].count('"') % 2:
            raise _no_row(path, number, "a line break within quotes", len(names))
        row += [""] * (len(names) - len(row))
    first = {name: place for place, name in reversed([*enumerate(names)]) if name}
    return {name: [row[first[name]] for row in rows] for name in dict.fromkeys(names) if name}


def _cells(line: str, n_names: int | None = None) -> list[str]:
    """Split a line; where it has too many cells, tabs within quotes may belong to a cell."""
    cells = line.split("\t")
    if n_names is not None and any(cell.strip() for cell in cells[n_names:]) and '"' in line:
        try:
            (quoted,) = csv.reader([line], delimiter="\t", strict=True)
        except csv.Error:
            quoted = []
        if len(quoted) == n_names:
            cells = quoted
    return [_unquoted(cell.strip()) for cell in cells]


def _unquoted(cell: str) -> str:
    """Return a cell without the quotes that enclose it."""
    enclosed = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"').strip() if enclosed else cell


def _numbered(rows: list[list[str]], n_names: int) -> bool:
    """Tell whether R numbered the rows, in a first column without a name."""
    numbers = [str(number) for number, _ in enumerate(rows, 1)]
    longer = all(len(row) == n_names + 1 for row in rows) and any(row[-1] for row in rows)
    return longer and [row[0] for row in rows] == numbers


def _no_row(path: Path, number: int, found: str, n_names: int) -> UserError:
    return UserError(
        f"{path}, line {number}",
        expected=f"a cell for each of {n_names} columns, with a tab in between",
        found=found,
        next_step="remove tabs and line breaks from the cells, or name the further column",
    )


def _no_table(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="a tab-separated table in UTF-8",
        found=found,
        next_step="save it as tab-separated text in UTF-8, with one row of column names",
    )
