"""The code of documentation pages."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]


def code_blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language in a page, also those inside lists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found]


def indented_blocks(page: str) -> list[str]:
    """Return the blocks of a page that are code by four spaces, outside lists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^\n((?:    .*\n|\n(?=    ))+)", text, re.MULTILINE)
    return [textwrap.dedent(block) for block in found]
