"""The participants table, from participants.tsv."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.findings import Finding
from videeg_pipe.stimuli.person import Person

logger = logging.getLogger(__name__)

_SEX = {"f": "F", "female": "F", "m": "M", "male": "M", "o": "O", "other": "O"}
_HAND = {"r": "R", "right": "R", "l": "L", "left": "L", "a": "A", "ambidextrous": "A"}


def participants_table(subjects: list[str], path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """Make the participants table, and list what was repaired or not understood.

    Args:
        subjects: Names as in the column `participant_id`.
        path: participants.tsv with any of the columns age, sex and hand; it may be missing.

    Raises:
        UserError: if the file is not a table, or has no column participant_id.
    """
    facts = read_tsv(path) if path.is_file() else pd.DataFrame(columns=["participant_id"])
    if "participant_id" not in facts:
        raise UserError(
            str(path),
            expected="a column participant_id",
            found=", ".join(facts.columns),
            next_step="name the column of the people participant_id",
        )
    known = facts.drop_duplicates("participant_id").set_index("participant_id")
    rows = []
    for subject in subjects:
        row = known.loc[subject].to_dict() if subject in known.index else {}
        age = _age(row.get("age"), subject)
        sex = _code(_SEX, row.get("sex"))
        hand = _code(_HAND, row.get("hand", row.get("handedness")))
        rows.append((subject, age, sex, hand, Person(subject, age, sex, hand).sentence))
    return pd.DataFrame(rows, columns=["subject", "age", "sex", "handedness", "prompt"]), []


def read_tsv(path: Path) -> pd.DataFrame:
    """Read a BIDS table as text, `n/a` as null.

    Raises:
        UserError: if the file is not a table.
    """
    try:
        return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, na_values=["n/a", ""])
    except (ValueError, OSError) as error:
        raise UserError(
            str(path),
            expected="a tab-separated table in UTF-8",
            found=str(error),
            next_step="save it as tab-separated text in UTF-8",
        ) from None


def _age(value: Any, subject: str) -> float | None:
    if value is None or pd.isna(value):
        return None
    age = pd.to_numeric(value, errors="coerce")
    if pd.isna(age) or not 0 < age < 150:
        logger.warning("participants.tsv: age %r of %s is not a number of years", value, subject)
        return None
    return float(age)


def _code(codes: dict[str, str], value: Any) -> str | None:
    return codes.get(value.strip().lower()) if isinstance(value, str) else None
