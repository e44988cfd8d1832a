import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.daemons import Slurm, hindrance, start_slurm
from tests.workflow.clone import make_clone, tiny, write_config
from tests.workflow.conftest import tiny_run  # noqa: F401  a fixture
from videeg_pipe.runtime.console import VARIABLE

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def n_nodes() -> int:
    """The number of nodes of the module's Slurm."""
    return 1


@pytest.fixture(scope="module")
def slurm(n_nodes) -> Iterator[Slurm]:
    """A running Slurm; NO_SLURM skips its tests. A missing one fails in CI, and skips elsewhere."""
    if os.environ.get("NO_SLURM") == "true":
        pytest.skip("NO_SLURM is set")
    missing = hindrance()
    if missing is not None:
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with start_slurm(n_nodes) as running:
        yield running


@pytest.fixture(scope="module")
def cluster_clone(slurm, tmp_path_factory) -> Path:
    """A clone with the options of a tiny run in `tiny.yaml`, on a machine with Slurm."""
    clone = make_clone(tmp_path_factory.mktemp("cluster"))
    write_config(clone / "tiny.yaml", **tiny())
    return clone


@pytest.fixture(scope="module")
def run(cluster_clone) -> Run:
    """A function that runs a command in the clone, with the package of the clone.

    Its output and errors come together, with all of Snakemake's lines. While it runs, `meanwhile`
    is called once, with its process.
    """

    def in_clone(
        *command: str,
        console: str = "full",
        meanwhile: Callable[[subprocess.Popen[str]], object] = lambda _: None,
    ) -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(cluster_clone / "src"), VARIABLE: console}
        with subprocess.Popen(
            command,
            cwd=cluster_clone,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            try:
                meanwhile(running)
                said, _ = running.communicate(timeout=3600)
            except BaseException:
                running.kill()
                raise
        return subprocess.CompletedProcess(command, running.returncode, said)

    return in_clone


def snakemake(*arguments: str) -> tuple[str, ...]:
    """Return a command that runs the tiny workflow."""
    return (sys.executable, "-m", "snakemake", *arguments, "--configfile", "tiny.yaml")
