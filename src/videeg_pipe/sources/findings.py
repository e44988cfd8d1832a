"""What a source repaired, skipped or assumed while it was read; nothing of this is silent."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from videeg_pipe.contracts.tables import TABLES, Action


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know about a file of the source."""

    file: str  # its path
    action: Action
    what: str  # one plain sentence with numbers; the data card quotes it, so it names no person


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Make the table `findings`, one row per different finding, in the order found."""
    rows = [asdict(finding) for finding in dict.fromkeys(findings)]
    return pd.DataFrame(rows, columns=list(TABLES["findings"].columns), dtype=str)
