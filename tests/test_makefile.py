"""`make env` refuses an environment that is not this folder's own, or of another Python."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def project(tmp_path) -> Path:
    """A project folder whose environment is installed, without packages."""
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(MAKEFILE, project)
    for name in ("pyproject.toml", "requirements.lock", "requirements-torch.lock"):
        (project / name).touch()
    venv.create(project / ".venv", symlinks=True)
    (project / ".venv" / ".installed").touch()
    return project


def make_env(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # without the variables of a make that runs this test
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "env", *arguments], cwd=folder, env=variables, capture_output=True, text=True
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    line, end = done.stderr.splitlines()
    assert end.startswith("make: ***")
    return line


def test_an_installed_environment_is_kept(project):
    for arguments in ((), (f"PYTHON={sys.executable}",)):
        done = make_env(project, *arguments)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_linked_environment_is_refused(project, tmp_path):
    other = tmp_path / "other"
    shutil.move(project / ".venv", other)
    before = sorted(other.rglob("*"))
    (project / ".venv").symlink_to(other)
    (project / "pyproject.toml").touch()
    assert refusal(make_env(project)).startswith(f"make: .venv is a link to {other}, where pip")
    assert sorted(other.rglob("*")) == before


def test_an_environment_of_another_python_is_refused(project, tmp_path):
    python = tmp_path / "python3.11"
    python.write_text("#!/bin/sh\necho /opt/other\n")
    python.chmod(0o755)
    line = refusal(make_env(project, f"PYTHON={python}"))
    assert line.endswith(f"not of '{python}': remove it with 'make clean', or leave PYTHON out")


def test_an_environment_of_an_older_python_is_refused(project):
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert refusal(make_env(project)).startswith("make: .venv is not of Python 3.11: remove it")
