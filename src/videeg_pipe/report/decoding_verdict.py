"""The answer to the page's first question: does any row beat the linear decoder `lookup`?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.report.decoding_tables import GROUPS, about, score_entries, score_part
from videeg_pipe.report.formatting import number, with_interval

Entry = Mapping[str, Any]

ASKED = ("nway_label.all", "identify_all.vae", "identify_within.vae")
"""Scores that pictures without information do not raise: of the concept, of the clip among all, and
of the clip among those of its concept."""
_LEVEL = 0.05


@dataclass(frozen=True)
class Verdict:
    """The sentence, what it rests on, and whether it is good news; None where nothing is known."""

    short: str
    text: str
    good: bool | None


def beats_lookup(scores: Entry) -> Verdict:
    """Say whether a decoder beats `lookup` in a score of `ASKED`.

    A row does if the 95 % interval of the paired difference lies above 0 and p, adjusted for the
    rows of its group, is below 0.05. An adapted row must also exceed `lookup` adapted with as much
    EEG, whose difference has no interval.

    Args:
        scores: decoding.json.
    """
    rows = scores["rows"]
    asked = [of for of in scores["comparisons"] if of["score"] in ASKED]
    known = [of for of in asked if of["low"] is not None]
    if not known:
        return Verdict(
            "Whether a row beats lookup cannot be said.",
            "No difference has an interval, which needs five runs of clips or more.",
            None,
        )
    better = [of for of in known if of["low"] > 0 and _certain(of) and _above_rival(of, rows)]
    decoders = [of for of in better if rows[of["row"]]["kind"] == "decoder"]
    floors = [of for of in better if rows[of["row"]]["kind"] != "decoder"]
    worse = {of["row"] for of in known if of["high"] < 0 and _certain(of)}
    trained = {of["row"] for of in known if rows[of["row"]]["kind"] == "decoder"}
    below = (
        f" {len(worse & trained)} of {len(trained)} rows of decoders are below it in at "
        "least one of the three scores."
    )
    linear = f" Of the other floors, these exceed it: {_listed(floors, rows)}." if floors else ""
    if not decoders:
        text = (
            "These scores give no evidence that one decodes more than the concept." + below + linear
        )
        return Verdict("No decoder beats lookup.", text, False)
    n = len({of["row"] for of in decoders})
    short = f"{n} of {len(trained)} rows of decoders {'beats' if n == 1 else 'beat'} lookup."
    caution = " Each training is compared alone, and trainings differ: read all of a decoder."
    return Verdict(short, f"{_listed(decoders, rows)}.{caution}{below}{linear}", True)


def _certain(change: Entry) -> bool:
    return change["p_holm"] is not None and change["p_holm"] < _LEVEL


def _above_rival(change: Entry, rows: Mapping[str, Entry]) -> bool:
    """Compare an adapted row with `lookup` after the same share of calibration."""
    row, score = rows[change["row"]], change["score"]
    if row["method"] is None:
        return True
    rivals = [
        score_entries(of)[score]["value"]
        for of in rows.values()
        if of["decoder"] == rows[change["reference"]]["decoder"]
        and (of["group"], of["percent"]) == (row["group"], row["percent"])
    ]
    value = score_entries(row)[score]["value"]
    return all(value > rival for rival in rivals if rival is not None)


def _listed(changes: list[Entry], rows: Mapping[str, Entry]) -> str:
    """Name each row with its scores and differences."""
    found: dict[str, list[str]] = {}
    for of in changes:
        difference = with_interval({"value": of["difference"], **of})
        text = f"{score_part(of['score']).label} {difference}, p {number(of['p_holm'])}"
        found.setdefault(of["row"], []).append(text)
    return "; ".join(f"{_name(rows[row])}: {', '.join(texts)}" for row, texts in found.items())


def _name(row: Entry) -> str:
    """Name a row as its table does, with the group that the table stands in."""
    parts = [row["decoder"], GROUPS[row["group"]][0].lower(), about(row)]
    if row["start"] == "own":
        parts.append("its own start")
    return ", ".join(filter(None, parts))
