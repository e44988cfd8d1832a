"""Packages are compared with the requirements in the metadata of an installed distribution."""

import shlex
import sys

import numpy as np
import pytest

from videeg_pipe.doctor.environment import check_environment

METADATA = """\
Metadata-Version: 2.1
Name: toy
Version: 1
Requires-Python: {python}
Requires-Dist: numpy
Requires-Dist: {pin}
Requires-Dist: no-such-package==2; sys_platform == "nowhere"
Provides-Extra: more
Requires-Dist: no-such-package==2; extra == "more"
Provides-Extra: known
Requires-Dist: pytest; extra == "known"
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs the metadata of a distribution `toy`."""

    def install(python=">=3", pin="numpy"):
        folder = tmp_path / "toy-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(METADATA.format(python=python, pin=pin))
        monkeypatch.syspath_prepend(tmp_path)
        return {finding.name: finding for finding in check_environment("toy")}

    return install


def test_missing_extras_are_notes_with_the_command_that_installs_them(installed):
    found = installed()
    assert list(found) == ["Python", "packages", "packages [more]", "packages [known]"]
    assert [one.state for one in found.values()] == ["ok", "ok", "note", "ok"]
    assert found["packages"].found == "all 2"
    more = found["packages [more]"]
    assert more.found == "no-such-package is not installed"
    command = [sys.executable, "-m", "pip", "install", "no-such-package==2"]
    assert shlex.split(more.next_step) == command


def test_other_versions_are_named(installed):
    found = installed(python="<3", pin="numpy<1")
    assert found["Python"].state == found["packages"].state == "missing"
    assert "instead of <3" in found["Python"].found
    assert found["packages"].found == f"numpy {np.__version__} instead of <1"
    assert shlex.split(found["packages"].next_step)[-1] == "numpy<1"


def test_a_package_that_is_not_installed():
    *_, packages = check_environment("no-such-package")
    assert packages.state == "missing" and packages.next_step.startswith("make env")
