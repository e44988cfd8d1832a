import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.one_node import hindrance, one_node
from tests.workflow.clone import make_clone, tiny, write_config
from tests.workflow.conftest import tiny_run  # noqa: F401  a fixture
from videeg_pipe.runtime.console import VARIABLE

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """A running Slurm; without one the test is skipped, or fails in CI."""
    missing = hindrance()
    if missing is not None:
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with one_node() as folder:
        yield folder


@pytest.fixture(scope="module")
def cluster_clone(slurm, tmp_path_factory) -> Path:
    """A clone with the options of a tiny run in `tiny.yaml`, on a machine with Slurm."""
    clone = make_clone(tmp_path_factory.mktemp("cluster"))
    write_config(clone / "tiny.yaml", **tiny())
    return clone


@pytest.fixture(scope="module")
def run(cluster_clone) -> Run:
    """A function that runs a command in the clone, with the package of the clone.

    Its output and errors come together, with all of Snakemake's lines.
    """

    def in_clone(*command: str, console: str = "full") -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(cluster_clone / "src"), VARIABLE: console}
        return subprocess.run(
            command,
            cwd=cluster_clone,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=3600,
        )

    return in_clone


def snakemake(*arguments: str) -> tuple[str, ...]:
    """Return a command that runs the tiny workflow."""
    return (sys.executable, "-m", "snakemake", *arguments, "--configfile", "tiny.yaml")
