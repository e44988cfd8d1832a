"""Subject codes of the release, and the order of its samples under new codes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed


def released_codes(
    subjects: Sequence[str], release: ReleaseOptions, *, simulated: bool, seed: int
) -> dict[str, str]:
    """Return the code of each subject in the release.

    Args:
        subjects: Codes of the source, each once.
        release: `pseudonyms`.
        simulated: Whether the people are simulated.
        seed: Seed of the run, which gives the order of the numbers.

    Raises:
        UserError: if a mapping leaves out a subject.
    """
    chosen = release.pseudonyms
    if chosen == "keep" or (chosen == "auto" and simulated):
        return {code: code for code in subjects}
    if isinstance(chosen, str):
        lots = sorted(subjects, key=lambda code: derive_seed(seed, "pseudonym", code))
        digits = len(str(len(lots)))
        return {code: f"person-{lots.index(code) + 1:0{digits}}" for code in subjects}
    lacking = [code for code in subjects if code not in chosen]
    if lacking:
        raise UserError(
            "release.pseudonyms",
            expected=f"a pseudonym for each of {', '.join(subjects)}",
            found=f"none for {', '.join(lacking)}",
            next_step="add them, or set release.pseudonyms to number",
        )
    return {code: chosen[code] for code in subjects}


def describe_codes(codes: Mapping[str, str], *, simulated: bool) -> str:
    """Say what the subject codes of the release are."""
    if not _are_new(codes):
        return f"the codes of the {'simulation' if simulated else 'source data set'}"
    return "pseudonyms; their key is not part of the release"


def renamed(table: pd.DataFrame, codes: Mapping[str, str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Give the samples the codes of the release.

    Sample ids contain the codes of the source, and the order of the samples follows them. Under
    new codes, the samples are therefore sorted by the new code and numbered per person.

    Args:
        table: n samples, from `sample_table`.
        codes: Subject to code in the release.

    Returns:
        The n samples in the order of the release, and the row in it of each sample of `table`, as
        an array (n,).
    """
    if not _are_new(codes):
        return table, np.arange(len(table))
    new = table["subject"].map(dict(codes))
    order = np.argsort(new.to_numpy(str), kind="stable")
    released = table.assign(subject=new).iloc[order].reset_index(drop=True)
    number = released.groupby("subject").cumcount().astype(str).str.zfill(6)
    return released.assign(sample_id=released["subject"] + "-" + number), np.argsort(order)


def write_key(path: Path, codes: Mapping[str, str]) -> None:
    """Write the codes of source and release; the file stays outside the release."""
    table = pd.DataFrame({"subject": codes.keys(), "released_as": codes.values()})
    table.to_csv(path, index=False)


def without_codes(findings: pd.DataFrame, key: Path) -> pd.DataFrame:
    """Replace the codes of the source in the sentences of the `findings` table.

    Args:
        findings: The table.
        key: File that `write_key` wrote.
    """
    table = pd.read_csv(key, dtype=str, keep_default_na=False)
    codes = dict(zip(table["subject"], table["released_as"], strict=True))
    words = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, codes))})(?![A-Za-z0-9])")
    what = [words.sub(lambda code: codes[code[0]], text) for text in findings["what"]]
    return findings.assign(what=what)


def _are_new(codes: Mapping[str, str]) -> bool:
    return any(code != new for code, new in codes.items())
