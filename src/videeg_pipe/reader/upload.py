"""What an upload of a release to Zenodo or the Hugging Face hub would consist of."""

import html
import json
import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from videeg_pipe.contracts.sharing import QUESTION
from videeg_pipe.reader.checks import RELEASE, SUMS, check_sums, read_sums
from videeg_pipe.reader.huggingface import HUB_LICENCES
from videeg_pipe.reader.release import Release, load_release
from videeg_pipe.runtime.errors import UserError

CARD = "README.md"
_BOX = re.compile(rf"^## {re.escape(QUESTION)}\s+\*\*(?P<short>.+?)\*\* ?(?P<text>.*)$", re.M)
_STATED = ("license", "authors", "version", "description")
"""Optional attributes of a release that an upload states."""
_DOI = re.compile(r"(https?://(dx\.)?doi\.org/|doi:\s*)?(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Upload:
    """Files and metadata of one place, and the commands that would upload them."""

    place: str
    files: dict[str, int]  # name -> bytes
    metadata: str
    commands: list[str]


@dataclass(frozen=True)
class Plan:
    """All uploads of a release that may be shared."""

    answer: str  # to "May I share this?"
    left_out: list[str]  # files of the folder that are not part of the release
    uploads: list[Upload]


def plan_upload(folder: Path, *, derived_from: str | None = None) -> Plan:
    """Check a release's folder and list what an upload would consist of; nothing is uploaded.

    Args:
        folder: The release, whose files are those that SHA256SUMS lists.
        derived_from: DOI of the data set of the recordings.

    Raises:
        UserError: if a file is missing or changed, the data card does not say that the release may
            be shared, the release lacks what an upload states, or `derived_from` is not a DOI.
    """
    source = None if derived_from is None else _doi(derived_from)
    if not (folder / SUMS).is_file():
        found = "no such folder" if not folder.exists() else f"no {SUMS} in it"
        raise _refused(
            folder,
            "the folder of a release",
            "a file" if folder.is_file() else found,
            "name the folder, such as results/release",
        )
    names = _checked_files(folder)
    answer = _answer(folder / CARD)
    release = load_release(folder / RELEASE)
    if lacking := [name for name in _STATED if name not in release.attributes]:
        raise _refused(
            folder / RELEASE,
            f"the attributes {', '.join(_STATED)}",
            f"no {', no '.join(lacking)}",
            "make the release again",
        )
    left_out = sorted(path.name for path in folder.iterdir() if path.name not in names)
    return Plan(answer, left_out, [_zenodo(folder, names, release, source), _hub(folder, release)])


def _doi(text: str) -> str:
    """Return a DOI without the address of its resolver."""
    found = _DOI.fullmatch(text.strip())
    if found is None:
        raise UserError(
            "--derived-from",
            expected="a DOI, such as 10.5281/zenodo.1234567",
            found=text,
            next_step="correct it, or leave it out",
        )
    return found["doi"]


def _checked_files(folder: Path) -> list[str]:
    """Return the names of the release's files, after comparing all with their checksums."""
    names = list(read_sums(folder / SUMS))
    lacking = {RELEASE, CARD} - set(names)
    foreign = [name for name in names if Path(name).name != name]
    if lacking or foreign:
        raise _refused(
            folder / SUMS,
            f"the files of a release, with {RELEASE} and {CARD}, in this folder",
            f"no {' and no '.join(sorted(lacking))}" if lacking else foreign[0],
            "give the folder that the workflow made",
        )
    for name in names:
        check_sums(folder / name)
    return [*names, SUMS]


def _answer(card: Path) -> str:
    """Return the card's answer to "May I share this?".

    Raises:
        UserError: if it is not yes, or the card is not text.
    """
    try:
        found = _BOX.search(card.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise _refused(card, "text in UTF-8", "other bytes", "make the release again") from None
    if found is None:
        raise _refused(card, f'the box "{QUESTION}"', "none", "make the release again")
    short, text = (html.unescape(re.sub(r"\\(.)", r"\1", part)) for part in found.groups())
    if not short.startswith("Yes"):
        raise _refused(
            card,
            f'"Yes" to "{QUESTION}"',
            short.removesuffix("."),
            text or "see the card",
        )
    return f"{short} {text}".strip()


def _zenodo(folder: Path, names: list[str], release: Release, source: str | None) -> Upload:
    facts = release.attributes
    licence = HUB_LICENCES.get(str(facts["license"]))
    metadata: dict[str, Any] = {
        "upload_type": "dataset",
        "title": f"{facts['title']}: SYNTHETIC EEG, generated from video",
        "creators": [{"name": str(name)} for name in np.atleast_1d(facts["authors"])],
        "version": str(facts["version"]),
        "description": html.escape(str(facts["description"])),
        "keywords": ["EEG", "synthetic data", "video"],
        "access_right": "open",
        # Zenodo has identifiers of its own for other licences, to choose on the page
        **({} if licence is None else {"license": licence}),
    }
    if source is not None:
        related = {"identifier": source, "relation": "isDerivedFrom", "resource_type": "dataset"}
        metadata["related_identifiers"] = [related]
    text = json.dumps({"metadata": metadata}, indent=2, ensure_ascii=False)
    made = "https://zenodo.org/api/deposit/depositions"
    curl = 'curl --fail -H "$AUTH"'
    bucket = "import json; print(json.load(open('draft.json'))['links']['bucket'])"
    commands = [
        "# in bash; to try everything first, use sandbox.zenodo.org instead of zenodo.org",
        "# 1. make a token with the scope deposit:write on the page of your account, and paste it",
        "read -rs ZENODO_TOKEN",
        'AUTH="Authorization: Bearer $ZENODO_TOKEN"',
        "# 2. save the metadata above as zenodo.json, with the creators as 'Family, Given', and",
        "#    make a draft from it",
        f'{curl} -H "Content-Type: application/json" -d @zenodo.json {made} > draft.json',
        f'BUCKET=$(python3 -c "{bucket}")',
        "# 3. add the files",
        *(
            f'{curl} -T {shlex.quote(str(folder / name))} "$BUCKET"/{shlex.quote(name)}'
            for name in names
        ),
        "# 4. look at the draft on the page and publish it there: it cannot be changed afterwards",
    ]
    if licence is None:
        commands.insert(-1, f"# choose the licence on the page: {facts['license']}")
    if source is None:
        commands.insert(-1, "# of real recordings: add the DOI of their data set, --derived-from")
    return Upload("Zenodo", _sizes(folder, names), text, commands)


def _hub(folder: Path, release: Release) -> Upload:
    """Convert the release in a temporary folder, to know the exact files."""
    with tempfile.TemporaryDirectory() as temporary:
        made = release.to_huggingface(Path(temporary, "hub"))
        names = sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file())
        files = _sizes(made, names)
        _, front, _ = (made / CARD).read_text(encoding="utf-8").split("---\n", 2)
    convert = (
        f"from videeg_pipe import load_release; load_release({str(folder / RELEASE)!r}, "
        "verify=True).to_huggingface('hub')"
    )
    commands = [
        "# 1. convert the release",
        f"python3 -c {shlex.quote(convert)}",
        "# 2. sign in, and upload to a private data set of yours",
        "hf auth login",
        "hf upload YOUR-NAME/videeg-gen hub . --repo-type dataset --private",
        "# 3. look at the page, and make the data set public in its settings",
    ]
    return Upload("Hugging Face", files, front.rstrip(), commands)


def _sizes(folder: Path, names: list[str]) -> dict[str, int]:
    return {name: (folder / name).stat().st_size for name in names}


def _refused(path: Path, expected: str, found: str, next_step: str) -> UserError:
    return UserError(str(path), expected=expected, found=found, next_step=next_step)
