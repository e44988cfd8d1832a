"""Dependencies are named once: the lock file and the conda environment follow pyproject.toml."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = [pin for pins in PROJECT["optional-dependencies"].values() for pin in pins]

# What pip itself brings, and what torch pulls in on machines with a GPU, differs by machine.
BY_MACHINE = re.compile(r"pip|setuptools|wheel|triton|nvidia-.*|cuda-.*")


def locked() -> dict[str, str]:
    lines = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins), pins
    return {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in pins}


def test_every_dependency_is_pinned():
    for pin in [*PROJECT["dependencies"], *OPTIONAL]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin), pin


def test_lock_agrees_with_pyproject():
    lock = locked()
    for pin in [*PROJECT["dependencies"], *OPTIONAL]:
        name, version = pin.split("==")
        assert lock[canonicalize_name(name)] == version


def test_lock_covers_everything_that_the_dependencies_need():
    lock = locked()
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = [Requirement(pin) for pin in [*PROJECT["dependencies"], *OPTIONAL]]
    while wanted:
        requirement = wanted.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen or BY_MACHINE.fullmatch(name):
            continue
        seen.add((name, extras))
        assert name in lock, f"{name} is not in requirements.lock"
        for inner in map(Requirement, metadata.requires(name) or []):
            marker = inner.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in extras or {""}):
                wanted.append(inner)
    assert set(lock) == {name for name, _ in seen}, "some are not needed by anything"


def test_conda_environment_agrees_with_pyproject():
    (path,) = (REPOSITORY / "envs").glob("*.yaml")
    packages = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    (pip,) = (entry["pip"] for entry in packages if isinstance(entry, dict))
    assert pip == PROJECT["dependencies"]
    (python,) = (entry for entry in packages if str(entry).startswith("python="))
    low, high = PROJECT["requires-python"].split(",")
    version = python.removeprefix("python=")
    assert low == f">={version}"
    major, minor = version.split(".")
    assert high == f"<{major}.{int(minor) + 1}"
