"""Hooks of MkDocs, named in mkdocs.yml.

The site has the folders of the repository: a link between two of its files holds on both. Pages of
the Python interface and of the commands are generated.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from website.notebook import read_as_page
from website.reference import commands_page, python_page

ROOT = Path(__file__).parents[1]
SERVED = (
    "*.md", "CITATION.cff", "LICENSE*", "benchmarks/results/*", "config/**/*", "docs/**/*",
    "website/*.css", "workflow/schemas/program.schema.json",
)  # fmt: skip
"""Files of the site. A link to another file fails the build: add the file here."""


class Notebook(File):
    """A notebook, shown as a page."""

    def is_documentation_page(self) -> bool:
        """Return True: MkDocs would copy it."""
        return True


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the files of docs/ by those of the repository, under their paths there."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
    for path in sorted({path for pattern in SERVED for path in ROOT.glob(pattern)}):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".ipynb":
            files.append(Notebook.generated(config, name, content=read_as_page(path)))
        elif path.is_file():
            files.append(File(name, str(ROOT), config.site_dir, config.use_directory_urls))
    for name, page in (("python", python_page), ("commands", commands_page)):
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leave out the list of a section's pages where a page is its own section."""
    if page.parent is None:
        page.meta["hide"] = ["navigation"]
    return markdown
