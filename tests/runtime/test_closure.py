"""Import closures of a small package, and of this one."""

import ast
from pathlib import Path

import pytest

from videeg_pipe.runtime.closure import LEFT_OUT, PACKAGE, import_closure, sha256_code

FILES = {
    "script.py": "from toy.top import run\nwith open('log'):\n    run()\n",
    "toy/__init__.py": "",
    "toy/top.py": """
        import json
        from typing import TYPE_CHECKING
        import toy.absolute
        from toy.pack import module
        from . import relative
        if TYPE_CHECKING:
            from toy.checked import Type
        else:
            from toy.unchecked import Type
        """,
    "toy/absolute.py": "from toy.top import run  # a circle",
    "toy/relative.py": "def late():\n    from .pack.inner import deep\n",
    "toy/pack/__init__.py": "",
    "toy/pack/module.py": "from ..constants import NUMBER as N\nPAGE = 'x'\nopen(\"page.html\")",
    "toy/pack/page.html": "",
    "toy/pack/other.html": "",
    "toy/pack/inner.py": """
        try:
            from toy.catalogue import ROWS
        except ImportError:
            from toy.fallback import ROWS
        FOLDER = "pictures"
        """,
    "toy/pack/pictures/one/a.svg": "",
    "toy/pack/pictures/one/__pycache__/a.pyc": "",
    "toy/constants.py": "NUMBER = 3",
    "toy/catalogue.py": "import toy.listed",
    "toy/listed.py": "",
    "toy/fallback.py": "",
    "toy/checked.py": "",
    "toy/unchecked.py": "",
    "toy/unused.py": "import toy.top",
    "toy/options/__init__.py": "",
    "toy/options/section.py": "import toy.unused",
    "toy/named.py": "from toy.options.section import Section",
}


@pytest.fixture
def toy(tmp_path):
    """Function from roots to the closure in the toy package, relative to its folder."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").split("\n")
        indent = len(lines[0]) - len(lines[0].lstrip())
        file.write_text("\n".join(line[indent:] for line in lines))

    def closure(*roots):
        left_out = frozenset({"toy.catalogue", "toy.options"})
        files = import_closure(*roots, package=tmp_path / "toy", left_out=left_out)
        return [file.relative_to(tmp_path / "toy").as_posix() for file in files]

    closure.script = tmp_path / "script.py"
    return closure


def test_imports_are_followed_in_functions_branches_and_circles(toy):
    expected = [
        "__init__.py",
        "absolute.py",
        "constants.py",
        "fallback.py",
        "pack/__init__.py",
        "pack/inner.py",
        "pack/module.py",
        "pack/page.html",
        "pack/pictures/one/a.svg",
        "relative.py",
        "top.py",
        "unchecked.py",
    ]
    assert toy(toy.script) == expected
    assert toy("toy.absolute") == expected


def test_catalogues_and_options_are_left_out_with_what_they_import(toy):
    assert toy("toy.named") == ["__init__.py", "named.py"]
    assert toy("toy.catalogue") == []


def test_a_module_loaded_by_name_is_another_root(toy):
    assert toy("toy.constants", "toy.listed") == ["__init__.py", "constants.py", "listed.py"]
    with pytest.raises(ModuleNotFoundError, match=r"toy\.absent"):
        toy("toy.absent")


def test_packages_import_nothing_on_their_way_to_a_module():
    """A closure holds each package's `__init__`: what it imported would be code of all modules."""
    for file in PACKAGE.rglob("__init__.py"):
        if file.parent.name not in ("config", "scores"):
            nodes = ast.parse(file.read_bytes()).body
            names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
            names += [
                "." * n.level + (n.module or "") for n in nodes if isinstance(n, ast.ImportFrom)
            ]
            assert not [name for name in names if name.startswith((".", PACKAGE.name))], file


def test_what_is_left_out_exists():
    for name in LEFT_OUT:
        path = PACKAGE.parent.joinpath(*name.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), name


def test_generators_are_apart_from_each_other_and_from_the_code_that_loads_them():
    def relative(*roots):
        return {file.relative_to(PACKAGE).as_posix() for file in import_closure(*roots)}

    loader = relative("videeg_pipe.models.checkpoint")
    assert not {file for file in loader if "/spgn/" in file or "/baselines/" in file}
    sse, efdm = (relative(f"videeg_pipe.models.baselines.{name}") for name in ("sse", "efdm"))
    assert "models/baselines/sse.py" in sse - efdm
    assert "models/baselines/efdm.py" in efdm - sse


def test_rows_of_scores_are_apart_from_the_code_that_reads_them():
    files = import_closure("videeg_pipe.scoring.stage", "videeg_pipe.report.page")
    code = {file.name for file in files if file.parent == PACKAGE / "contracts" / "scores"}
    assert code == {"__init__.py", "lookup.py", "spec.py", "value.py"}


def test_the_checksum_changes_with_the_roots():
    modules = ("videeg_pipe.runtime.seeds", "videeg_pipe.runtime.files")
    assert len({sha256_code(*roots) for roots in (modules, modules[:1], modules[1:])}) == 3


def test_templates_belong_to_the_module_that_names_them():
    page = import_closure("videeg_pipe.report.page")
    assert Path(PACKAGE, "report", "templates", "page.js") in page
    assert not [file for file in import_closure("videeg_pipe.report.svg") if file.suffix != ".py"]
