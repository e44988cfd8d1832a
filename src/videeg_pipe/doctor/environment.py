"""Python and packages, compared with the requirements of the installed package."""

import platform
import shlex
import sys
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.errors import listed


def check_environment(name: str = "videeg-pipe") -> Iterator[Finding]:
    """Check the Python version, the required packages and each optional group of packages.

    Args:
        name: Distribution whose requirements count.
    """
    version = platform.python_version()
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        yield Finding("Python", "ok", version)
        yield Finding(
            "packages", "missing", f"{name} is not installed", "make env  # in the repository"
        )
        return
    needed = str(distribution.metadata["Requires-Python"] or "")
    fits = SpecifierSet(needed).contains(version)
    yield Finding(
        "Python",
        "ok" if fits else "missing",
        version if fits else f"{version} instead of {needed}",
        "" if fits else "make clean; make env PYTHON=/path/to/python3.11  # in the repository",
    )
    required = [Requirement(line) for line in distribution.requires or ()]
    extras = {"": "packages"} | {
        extra: f"packages [{extra}]"
        for extra in distribution.metadata.get_all("Provides-Extra") or ()
    }
    for extra, title in extras.items():
        yield _group(title, [one for one in required if _belongs(one, extra)], optional=bool(extra))


def _belongs(requirement: Requirement, extra: str) -> bool:
    """Return whether the extra brings a package that is not required without it."""
    marker = requirement.marker
    if marker is None or marker.evaluate({"extra": ""}):
        return not extra
    return marker.evaluate({"extra": extra})


def _group(title: str, required: list[Requirement], *, optional: bool) -> Finding:
    problems = {one.name: found for one in required if (found := _problem(one))}
    if not problems:
        return Finding(title, "ok", f"all {len(required)}")
    found = listed([f"{name} {problem}" for name, problem in problems.items()], most=4)
    pins = [f"{one.name}{one.specifier}" for one in required if one.name in problems]
    install = shlex.join([sys.executable, "-m", "pip", "install", *pins])
    return Finding(title, "note" if optional else "missing", found, install)


def _problem(requirement: Requirement) -> str:
    """Return what is wrong with an installed package; an empty text for nothing."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return "is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{version} instead of {requirement.specifier}"
