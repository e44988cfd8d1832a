import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests.workflow.clone import make_clone, run_snakemake, tiny, write_config


@pytest.fixture(scope="session")
def clone(tmp_path_factory) -> Path:
    """A copy of the repository to run workflows in; give each its own `run.results`."""
    return make_clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory) -> Path:
    """A read-only clone with a finished run of `tiny.yaml` in `results`.

    The workers of xdist share it: the first to need it makes it, while others wait.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, finished = shared / "tiny-run", shared / "tiny-run.finished"
    with (shared / "tiny-run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            clone = make_clone(folder)
            write_config(clone / "tiny.yaml", **tiny())
            done = run_snakemake(clone, "all", "--configfile", "tiny.yaml")
            assert done.returncode == 0, done.stdout + done.stderr
            finished.touch()
    return folder


@pytest.fixture(scope="module")
def finished(tiny_run, tmp_path_factory) -> Path:
    """A copy of `tiny_run` for the tests of a file; each leaves it as it was."""
    return shutil.copytree(tiny_run, tmp_path_factory.mktemp("finished") / "clone")
