"""Licence, authors, consent and licence of the videos: as stated, or "not stated"."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.constants import NOT_STATED
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.registry import SourceSpec

_CC_BY = "CC-BY-4.0"
_COMMONS = "https://creativecommons.org"
_ADDRESSES = {
    "cc0": f"{_COMMONS}/publicdomain/zero/1.0/",
    "cc0-1.0": f"{_COMMONS}/publicdomain/zero/1.0/",
    "pddl": "https://opendatacommons.org/licenses/pddl/1-0/",
    "pddl-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
} | {
    f"cc-{terms}-4.0": f"{_COMMONS}/licenses/{terms}/4.0/"
    for terms in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")
}
"""Licence in lower case, written as in SPDX and BIDS, to the address of its text."""
_PLACEHOLDER = re.compile(
    r"\s*|n/?a|\[.*\]|(todo|unknown|unspecified|not stated)\b.*", re.IGNORECASE
)
"""Texts of a template that nobody filled in."""


def read_rights(
    release: ReleaseOptions, source: SourceSpec, descriptions: list[Path], videos: pd.DataFrame
) -> dict[str, Any]:
    """Collect what is stated about the rights, for the root attributes of the HDF5 file.

    Options take precedence over the description of the data set.

    Args:
        release: `licence`, `authors`, `consent` and `video_licence`, null where not given.
        source: The source; for a simulated one, nobody's rights are concerned.
        descriptions: dataset_description.json of the source, if it exists.
        videos: Rows of the `videos` table that the samples were generated for.

    Returns:
        `license`, `license_origin` (who states it), `authors`, `consent` and `video_licence`.

    Raises:
        UserError: if the description is not a JSON object.
    """
    stated = {key: texts for path in descriptions for key, texts in _description(path).items()}
    licence, origin = release.licence, "the configuration of the run"
    if licence is None and stated.get("License"):
        licence, origin = stated["License"][0], "the data set of the recordings"
    if licence is None and source.simulated:
        licence, origin = _CC_BY, "the project, for simulated data"
    authors = release.authors or stated.get("Authors")
    if authors is None and source.simulated:
        authors = [f"{release.title} contributors"]
    videos_under = [release.video_licence] if release.video_licence else set(videos["licence"])
    return {
        "license": licence or NOT_STATED,
        "license_origin": origin if licence else NOT_STATED,
        "authors": list(authors or [NOT_STATED]),
        "consent": release.consent or _consent(source, stated.get("EthicsApprovals", [])),
        "video_licence": "; ".join(sorted(videos_under)),
    }


def licence_address(licence: str) -> str | None:
    """Return the address of a licence's text, if the licence is well known or an address."""
    if licence.startswith(("https://", "http://")):
        return licence
    return _ADDRESSES.get(re.sub(r"[\s_]+", "-", licence.strip().lower()))


def licence_text(rights: Mapping[str, Any]) -> str:
    """Return the content of the file LICENSE.

    Args:
        rights: `license`, `license_origin` and `authors`.
    """
    licence, address = str(rights["license"]), licence_address(str(rights["license"]))
    if address == licence_address(_CC_BY):
        path = resources.files(__package__).joinpath("templates/CC-BY-4.0.txt")
        return path.read_text(encoding="utf-8")
    if licence == NOT_STATED:
        return (
            "Licence: not stated.\n\nNobody has stated a licence for these data, so nobody has "
            "permission to use or to share them.\nWhoever has the right to give it can state it in "
            "the option release.licence and make the release again.\n"
        )
    lines = [f"Licence: {licence}"] + (
        [f"Text: {address}"] if address not in (None, licence) else []
    )
    lines += [f"Stated by: {rights['license_origin']}", f"Authors: {', '.join(rights['authors'])}"]
    return "\n".join(lines) + "\n"


def citation(attributes: Mapping[str, Any]) -> str:
    """Return the BibTeX entry of the release, from the root attributes of its HDF5 file."""
    title, version = _plain(attributes["title"]), attributes["version"]
    key = re.sub(r"\W+", "-", title, flags=re.ASCII).strip("-").lower() or "videeg-gen"
    year = datetime.fromisoformat(attributes["created"]).year
    authors = " and ".join(f"{{{_plain(name)}}}" for name in attributes["authors"])
    return (
        f"@misc{{{key}-{version}, title = {{{{{title}: synthetic EEG generated from "
        f"video}}}}, author = {{{authors}}}, year = {{{year}}}, version = {{{version}}}}}"
    )


def _consent(source: SourceSpec, approvals: list[str]) -> str:
    if source.simulated:
        return "not needed: the people are simulated"
    if approvals:
        return f"{NOT_STATED}; ethics approval of the recordings: {'; '.join(approvals)}"
    return NOT_STATED


def _description(path: Path) -> dict[str, list[str]]:
    """Return the texts in dataset_description.json per key that somebody filled in."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8-sig"))  # a byte-order mark is allowed
        problem = "another JSON value"
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        facts, problem = None, str(error)
    if not isinstance(facts, dict):
        raise UserError(
            str(path),
            expected='a JSON object such as {"License": "CC0", "Authors": ["A. Name"]}',
            found=problem,
            next_step="correct the file, or move it away and state release.licence and "
            "release.authors",
        )
    stated = {}
    for key in ("License", "Authors", "EthicsApprovals"):
        values = facts.get(key) or []
        texts = [str(text or "") for text in (values if isinstance(values, list) else [values])]
        kept = [text.strip() for text in texts if not _PLACEHOLDER.fullmatch(text)]
        if kept:
            stated[key] = kept
    return stated


def _plain(text: str) -> str:
    """Text without the signs that BibTeX interprets."""
    return " ".join(re.sub(r"[{}\\]", "", text).split())
