"""Dependencies are named once: lock file and conda environment follow the ranges in pyproject."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {
    name: [Requirement(line) for line in lines]
    for name, lines in PROJECT["optional-dependencies"].items()
}
BUILD = [Requirement(line) for line in PYPROJECT["build-system"]["requires"]]
ALL = [*CORE, *(one for requirements in EXTRAS.values() for one in requirements)]

# What pip itself brings, and what torch pulls in on machines with a GPU, differs by machine.
BY_MACHINE = re.compile(r"pip|wheel|triton|nvidia-.*|cuda-.*")

BROUGHT = {"markupsafe", "tokenizers"}
"""Of the interfaces of jinja2 and transformers, which choose their versions."""


def entries(name: str) -> list[str]:
    """Return the entries of a lock file, each on one line."""
    text = (REPOSITORY / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if not line.startswith("#")]


def locked() -> dict[str, str]:
    lines = [*entries("requirements.lock"), *entries("requirements-torch.lock")]
    pins = [line.split(" ")[0] for line in lines]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins), pins
    return {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in pins}


def test_every_locked_package_but_torch_has_its_hashes():
    for line in [*entries("requirements.lock"), *entries("requirements-fuzz.lock")]:
        _, *hashes = line.split(" ")
        assert hashes, line
        assert all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", one) for one in hashes), line
    assert [line.split("==")[0] for line in entries("requirements-torch.lock")] == ["torch"]


def test_every_dependency_has_a_lowest_version_and_an_end():
    for requirement in ALL:
        operators = sorted(one.operator for one in requirement.specifier)
        assert operators == ["<", ">="], requirement


def test_locked_versions_are_in_their_ranges():
    lock = locked()
    for requirement in [*ALL, *BUILD]:
        assert requirement.specifier.contains(lock[canonicalize_name(requirement.name)])


def needed(requirements: Iterable[Requirement]) -> set[str]:
    """Return the distributions that these need, directly or not, on this machine."""
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = list(requirements)
    while wanted:
        requirement = wanted.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen or BY_MACHINE.fullmatch(name):
            continue
        seen.add((name, extras))
        for inner in map(Requirement, metadata.requires(name) or []):
            marker = inner.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in extras or {""}):
                wanted.append(inner)
    return {name for name, _ in seen}


def test_lock_covers_what_the_dependencies_need_and_nothing_else():
    assert set(locked()) == needed([*ALL, *BUILD])


def test_locked_versions_install_on_the_lowest_python():
    """A pin for 3.11.5 fails on the 3.11.2 of Debian 12, but not on the Python of these tests."""
    (lowest,) = (
        one.version for one in SpecifierSet(PROJECT["requires-python"]) if one.operator == ">="
    )
    for name in locked():
        found = SpecifierSet(metadata.metadata(name).get("Requires-Python") or "")
        assert found.contains(f"{lowest}.0"), f"{name} needs Python {found}"


def test_conda_environment_has_the_locked_versions_of_the_workflow():
    (path,) = (REPOSITORY / "envs").glob("*.yaml")
    packages = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    (pip,) = (entry["pip"] for entry in packages if isinstance(entry, dict))
    lock, names = locked(), sorted(one.name for one in [*CORE, *EXTRAS["workflow"]])
    assert pip == [f"{name}=={lock[canonicalize_name(name)]}" for name in names]
    (python,) = (entry for entry in packages if str(entry).startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


def test_the_image_has_a_python_of_the_project_and_nothing_that_git_ignores():
    recipe = (REPOSITORY / "Containerfile").read_text(encoding="utf-8")
    (python,) = re.findall(r"^FROM python:([\d.]+)-slim", recipe, re.MULTILINE)
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    ignored, left_out = (
        (REPOSITORY / name).read_text(encoding="utf-8").split()
        for name in (".gitignore", ".dockerignore")
    )
    assert set(left_out) == {*ignored, ".git/"}


def test_make_installs_what_is_locked_and_nothing_else():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"\$\(PIP\) install ([^;\n]*)", makefile) == [
        "--no-deps --require-hashes -r /dev/stdin",  # setuptools and uv, from the same file
        "--no-deps --require-hashes --no-build-isolation -r requirements.lock",
        "-r requirements-torch.lock",
        "--no-deps --no-build-isolation -e .",
        "--no-deps --require-hashes -r requirements-fuzz.lock",
    ]
    assert re.findall(r"\$\(UV\) install (.*) \\\n\t+(.*) \\\n", makefile) == [
        (
            "--python $(BIN)/python --compile-bytecode",
            "--no-deps --require-hashes --no-build-isolation -r requirements.lock",
        )
    ]


def test_nothing_gives_the_hashes_as_constraints():
    """With them, pip refuses an editable package."""
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True)
    for name in listed.stdout.split("\n"):
        path = REPOSITORY / name
        if path.is_file() and path.suffix in ("", ".md", ".yml", ".yaml") and name[:1] != "t":
            assert "-c requirements.lock" not in path.read_text(encoding="utf-8"), name


def test_every_import_has_a_dependency():
    """Packages that the sources import are named, not brought by another one by chance."""
    imported = set()
    for path in (REPOSITORY / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add(str(node.module).partition(".")[0])
    outside = imported - set(sys.stdlib_module_names) - {"videeg_pipe"}
    distributions = metadata.packages_distributions()
    named = {canonicalize_name(one.name) for one in ALL} | BROUGHT
    for module in sorted(outside):
        assert named & set(map(canonicalize_name, distributions[module])), module
