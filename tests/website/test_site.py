"""The site of the documentation: links, offline use, generated pages."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import videeg_pipe
from tests.pages import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site. A link that leads nowhere, or a page outside the navigation, is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Links(HTMLParser):
    """Collects what a page loads, where it leads, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if "src" in values:
            self.loaded.append(values["src"])
        if "href" in values:
            (self.linked if tag == "a" else self.loaded).append(values["href"])


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Links]:
    return {page: Links(page) for page in site.rglob("*.html") if page.name != "404.html"}


def test_nothing_is_loaded_from_other_servers(site, pages):
    for page, links in pages.items():
        for address in links.loaded:
            parts = urlsplit(address)
            assert parts.scheme in ("", "data") and not parts.netloc, f"{page}: {address[:80]}"
            if not parts.scheme:
                assert (page.parent / unquote(parts.path)).is_file(), f"{page}: {address}"
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", style.read_text()), style


def test_all_links_between_pages_lead_somewhere(pages):
    for page, links in pages.items():
        for address in links.linked:
            parts = urlsplit(address)
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.is_file(), f"{page}: {address}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].anchors, f"{page}: {address}"


def test_every_public_name_and_command_is_described(site, pages):
    anchors = pages[site / "reference" / "python.html"].anchors
    for name in set(videeg_pipe.__all__) - {"__version__"}:
        assert any(anchor.endswith(f".{name}") for anchor in anchors), name
    assert "videeg_pipe.Release.to_mne" in anchors
    assert not any("._" in anchor and "__" not in anchor for anchor in anchors)
    commands = site / "reference" / "commands.html"
    assert {"videeg-generate", "videeg-evaluate", "videeg-model-pack"} <= pages[commands].anchors
    assert "--montage" in commands.read_text(encoding="utf-8")


def test_the_tutorial_is_a_page_with_its_figures(site, pages):
    tutorial = pages[site / "docs" / "tutorial.html"]
    assert sum(address.startswith("data:image/png") for address in tutorial.loaded) == 4
    assert "score-it" in tutorial.anchors
