"""Links between files of the repository, as a forge shows them."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from tests.pages import ROOT

PAGES = [
    path
    for pattern in ("*.md", "config/*.md", "docs/**/*.md", "docs/*.ipynb", "benchmarks/**/*.md")
    for path in sorted(ROOT.glob(pattern))
]


@cache
def text_of(page: Path) -> str:
    """Text of a page without its code."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE)


@cache
def anchors(page: Path) -> set[str]:
    """Names of a page's headings in links."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    plain = [re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page):
    for address in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", address):
            continue
        path, _, fragment = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), address
        assert target.is_relative_to(ROOT), address
        if fragment:
            assert fragment in anchors(target), address
