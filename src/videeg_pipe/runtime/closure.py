"""The source files that a result depends on: an import closure, read from the syntax trees.

Nothing is imported. Modules that are loaded by name are not found; the caller passes them as
further roots. Catalogues, which list all of them, and the configuration are left out: a result
depends on a row or a slice, which enters a rule as `params`.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from videeg_pipe.runtime.files import sha256_file, sha256_json

PACKAGE = Path(__file__).parents[1]
LEFT_OUT = frozenset(
    {
        "videeg_pipe.config",
        "videeg_pipe.models.registry",
        "videeg_pipe.models.decoders.registry",
        "videeg_pipe.sources.registry",
        "videeg_pipe.contracts.scores.catalogue",
    }
)
"""Modules and packages that a closure neither contains nor follows."""

_FOR_TYPE_CHECKERS = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


@cache
def import_closure(
    *roots: str | Path, package: Path = PACKAGE, left_out: frozenset[str] = LEFT_OUT
) -> tuple[Path, ...]:
    """Return the files of a package that the roots need when they run, sorted.

    Imports at the top of a module and inside functions count, those under `if TYPE_CHECKING` do
    not. A data file, or a folder of them, belongs to the modules beside it that name it in a
    string.

    Args:
        roots: Full names of modules, and paths of scripts. A script itself is not returned.
        package: Folder of the package; its name is the package's.
        left_out: Full names of modules and packages to leave out.

    Raises:
        ModuleNotFoundError: if a root names no module of the package.
    """
    files: set[Path] = set()
    seen: set[str] = set()
    todo: list[str] = []
    for root in roots:
        if isinstance(root, Path):
            todo += _imports(root, "", package.name)
        elif _file(root, package) is None:
            raise ModuleNotFoundError(f"{root} is not a module of {package}")
        else:
            todo.append(root)
    while todo:
        name = todo.pop()
        file = _file(name, package)
        if name in seen or file is None or _ancestors(name) & left_out:
            continue
        seen.add(name)
        files |= {file, *_data_files(file)}
        todo += [*_ancestors(name), *_imports(file, name, package.name)]
    return tuple(sorted(files))


@cache
def sha256_code(*roots: str) -> str:
    """Return the SHA-256 of the closure's files; it identifies the code behind a stored result."""
    files = import_closure(*roots)
    return sha256_json([[str(file.relative_to(PACKAGE)), sha256_file(file)] for file in files])


@cache
def _file(name: str, package: Path) -> Path | None:
    """Path of a module, or None if the package has none of that name."""
    path = package.parent.joinpath(*name.split("."))
    candidates = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


@cache
def _ancestors(name: str) -> frozenset[str]:
    """Names of a module and of the packages that contain it."""
    parts = name.split(".")
    return frozenset(".".join(parts[:n]) for n in range(1, len(parts) + 1))


@cache
def _imports(file: Path, name: str, package: str) -> tuple[str, ...]:
    """Full names that a file imports from the package; some may be attributes of modules."""
    inside = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found: list[str] = []
    for node in _executed(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = inside.split(".")[: len(inside.split(".")) - node.level + 1]
            module = ".".join([*(base if node.level else []), *filter(None, [node.module])])
            found += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in found if name.split(".")[0] == package)


@cache
def _data_files(module: Path) -> tuple[Path, ...]:
    """Return the data files that a module names directly or through their folder."""
    beside = _data_beside(module.parent)
    text = module.read_text(encoding="utf-8") if beside else ""
    return tuple(
        file for file, names in beside.items() if any(f'"{name}"' in text for name in names)
    )


def _executed(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield all nested statements except those under TYPE_CHECKING."""
    unread = isinstance(node, ast.If) and ast.unparse(node.test) in _FOR_TYPE_CHECKERS
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in () if unread and field == "body" else getattr(node, field, ()):
            if isinstance(child, ast.stmt):
                yield child
            yield from _executed(child)


@cache
def _data_beside(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Data files below a folder, each with its relative name and those of the folders around it."""
    names = {
        file: [file.relative_to(folder), *file.relative_to(folder).parents[:-1]]
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }
    return {file: tuple(path.as_posix() for path in paths) for file, paths in names.items()}
