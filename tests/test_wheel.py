"""A wheel, built without a network, holds every file of the package."""

import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from tests.test_setup import REPOSITORY

BUILD = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"


def test_a_wheel_holds_templates_data_and_types(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    package = shutil.copytree(REPOSITORY / "src", tmp_path / "src", ignore=ignored) / "videeg_pipe"
    done = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    with ZipFile(wheel) as built:
        found = set(built.namelist())
    paths = [path for path in package.rglob("*") if path.is_file()]
    files = {path.relative_to(tmp_path / "src").as_posix() for path in paths}
    assert {"videeg_pipe/py.typed", "videeg_pipe/generator/model_card.md.j2"} <= files
    assert files - found == set()
    rest = {name for name in found if ".dist-info/" not in name}
    assert rest == files  # no tests, no workflow
    assert any(name.endswith("licenses/LICENSE") for name in found)
