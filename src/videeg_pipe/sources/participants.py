"""The participants table, from participants.tsv and the levels in participants.json."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.tsv import read_tsv
from videeg_pipe.stimuli.person import Person

_SEX = {
    "F": "f female w weiblich woman women girl frau mädchen femme féminin mujer femenino donna",
    "M": "m male männlich man men boy mann junge homme masculin hombre masculino uomo",
    "O": "o other d divers diverse nonbinary non-binary intersex",
}
_HAND = {
    "R": "r right right-handed rechts rechtshändig droite derecha",
    "L": "l left left-handed links linkshändig gauche izquierda",
    "A": "a ambidextrous both beidhändig",
}
_PER_YEAR = {
    1.0: "y yr yrs year years jahr jahre",
    12.0: "m mo mos month months",
    365.25 / 7: "w wk wks week weeks",
    365.25: "d day days",
}
_UNKNOWN = ("", "n/a", "na", "nan", "unknown", "unbekannt", "-", "?")


def participants_table(subjects: list[str], path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """Make the participants table, and list what was not as BIDS writes it.

    A value that is not understood becomes null: a wrong sentence about a person is worse than a
    short one.

    Args:
        subjects: Names as in the column `participant_id`, whose prefix `sub-` may be missing.
        path: participants.tsv with any of the columns age, sex and hand; it may be missing.
            participants.json beside it may explain codes in `Levels` and the unit of age.

    Raises:
        UserError: if the file is not a table or has no column participant_id, or if
            participants.json is not JSON.
    """
    found: list[Finding] = []
    facts = _facts(path) if path.is_file() else pd.DataFrame(columns=["participant_id"])
    notes = _notes(path.with_suffix(".json"))
    unit = str(notes.get("age", {}).get("Units") or "years")
    per_year = _per_year(unit)
    if per_year is None and "age" in facts:
        what = f"The unit {unit} of age is not one of time: ages are null."
        found.append(Finding(str(path), "skipped", what))
        facts = facts.drop(columns="age")
    rows = _rows_of(subjects, facts, path, found)
    readers: dict[str, Callable[[str], Any]] = {
        "age": lambda text: _age(text, per_year or 1.0),
        "sex": _decoder(_SEX, notes.get("sex"), facts.get("sex")),
        "hand": _decoder(_HAND, notes.get("hand"), facts.get("hand")),
    }
    people = []
    for subject in subjects:
        age, sex, hand = (
            _value(name, rows[subject], read, path, found) for name, read in readers.items()
        )
        people.append((subject, age, sex, hand, Person(subject, age, sex, hand).sentence))
    columns = ["subject", "age", "sex", "handedness", "prompt"]
    return pd.DataFrame(people, columns=columns), found


def _facts(path: Path) -> pd.DataFrame:
    facts = read_tsv(path, ("participant_id", "age", "sex", "hand", "handedness"))
    if "participant_id" not in facts:
        raise UserError(
            str(path),
            expected="a column participant_id",
            found=", ".join(facts.columns),
            next_step="name the column of sub-01, sub-02, ... participant_id",
        )
    if "hand" not in facts and "handedness" in facts:
        facts = facts.rename(columns={"handedness": "hand"})
    facts = facts.dropna(subset=["participant_id"])
    return facts.assign(participant_id=facts["participant_id"].str.strip())


def _rows_of(
    subjects: list[str], facts: pd.DataFrame, path: Path, found: list[Finding]
) -> dict[str, pd.DataFrame]:
    """Rows of each subject: by the name, otherwise by the name without prefix, case and zeros."""
    exact = {name: facts[facts["participant_id"] == name] for name in subjects}
    loose = facts["participant_id"].map(_loose)
    taken = set(facts["participant_id"]) & set(subjects)
    spare = ~facts["participant_id"].isin(taken)
    n_repaired = 0
    for name in subjects:
        same = [other for other in subjects if _loose(other) == _loose(name)]
        if exact[name].empty and len(same) == 1:
            exact[name] = facts[(loose == _loose(name)) & spare]
            n_repaired += not exact[name].empty
    if n_repaired:
        what = (
            f"The participant_id of {n_repaired} people is written differently from their folders."
        )
        found.append(Finding(str(path), "repaired", what))
    absent = [name for name, rows in exact.items() if rows.empty]
    if absent and len(facts):
        what = f"{len(absent)} of {len(subjects)} people have no row ({listed(absent)}): "
        what += "their age, sex and hand are null."
        found.append(Finding(str(path), "assumed", what))
    return exact


def _loose(name: str) -> str:
    """Name without prefix, case and leading zeros."""
    rest = re.sub(r"^sub[-_]?", "", name.strip().lower())
    return rest.lstrip("0") or "0" if rest.isdecimal() else rest


def _value(
    name: str, rows: pd.DataFrame, read: Callable[[str], Any], path: Path, found: list[Finding]
) -> Any:
    """Value of one fact of a person; null where it is not stated or not understood."""
    texts = [str(text).strip() for text in rows[name].dropna()] if name in rows else []
    texts = [text for text in dict.fromkeys(texts) if text.lower() not in _UNKNOWN]
    if not texts:
        return None
    values = {read(text) for text in texts}
    if len(values) == 1 and None not in values:
        return values.pop()
    shown = " and ".join(repr(text[:20]) for text in texts)
    if len(texts) > 1:
        what = f"{name.capitalize()} {shown} of the same person contradict each other: it is null."
    elif name == "age":
        what = f"Age {shown} is not a number of years above 0 and below 150: it is null."
    else:
        what = f"{name.capitalize()} {shown} is not understood; explain it in Levels of {name} in "
        what += "participants.json: it is null."
    found.append(Finding(str(path), "skipped", what))
    return None


def _age(text: str, per_year: float) -> float | None:
    try:
        years = float(text.replace(",", ".")) / per_year
    except ValueError:
        return None
    return years if 0 < years < 150 else None


def _per_year(unit: str) -> float | None:
    """Ages per year: 12 for months; None for a unit that is not one of time."""
    if unit.strip().lower() in _UNKNOWN:
        return 1.0
    words = set(re.findall(r"[^\W\d_]+", unit.lower()))
    named = [count for count, names in _PER_YEAR.items() if words & set(names.split())]
    return named[0] if len(named) == 1 else None


def _decoder(
    codes: Mapping[str, str], note: Mapping[str, Any] | None, column: pd.Series | None
) -> Callable[[str], str | None]:
    """Return a function from a value in the file to one of `codes`, or None.

    Levels in participants.json come before the words. Single letters mean what BIDS says only in
    a column without other letters: beside `h` or `v`, `m` is a woman in some languages.
    """
    levels = (note or {}).get("Levels")
    levels = levels if isinstance(levels, Mapping) else {}
    meant = {word: code for code, words in codes.items() for word in words.split()}
    letters = {text.strip().lower() for text in column.dropna()} if column is not None else set()
    foreign = {one for one in letters if len(one) == 1 and one.isalpha() and one not in meant}

    def decode(text: str) -> str | None:
        level = levels.get(text, levels.get(text.lower(), levels.get(text.upper())))
        if level is not None:
            words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", _level_text(level).lower())
            options = {meant[word] for word in words if word in meant and len(word) > 1}
            options = options or {meant[word] for word in words if word in meant}
            return options.pop() if len(options) == 1 else None
        if foreign and len(text) == 1:
            return None
        return meant.get(text.lower())

    return decode


def _level_text(level: Any) -> str:
    if isinstance(level, Mapping):
        return str(level.get("Label") or level.get("Description") or "")
    return str(level)


def _notes(path: Path) -> dict[str, Mapping[str, Any]]:
    """Descriptions of the columns in participants.json, by the column's name in small letters."""
    notes = read_json(path, next_step="correct the file") if path.is_file() else {}
    if not isinstance(notes, dict):
        return {}
    described = {name.lower(): note for name, note in notes.items() if isinstance(note, Mapping)}
    return {"hand": described.get("handedness", {})} | described
