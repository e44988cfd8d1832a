import shutil
from pathlib import Path

import pytest

from tests.shared import built_once
from tests.workflow.clone import DECODE_TINY, make_clone, run_snakemake, tiny, write_config
from tests.workflow.interrupted import release_of


@pytest.fixture(scope="session")
def clone(tmp_path_factory) -> Path:
    """A copy of the repository to run workflows in; give each its own `run.results`."""
    return make_clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory) -> Path:
    """A read-only clone with a finished run of `tiny.yaml` in `results`."""

    def run(folder: Path) -> None:
        clone = make_clone(folder)
        write_config(clone / "tiny.yaml", **tiny())
        done = run_snakemake(clone, "all", "--configfile", "tiny.yaml")
        assert done.returncode == 0, done.stdout + done.stderr

    return built_once(tmp_path_factory, "tiny-run", run)


@pytest.fixture(scope="session")
def decoded_run(tmp_path_factory) -> Path:
    """A read-only clone with a finished run of `DECODE_TINY`; `printed.txt` has its lines."""

    def run(folder: Path) -> None:
        clone = make_clone(folder)
        done = run_snakemake(clone, "decode", "--configfile", *DECODE_TINY)
        assert done.returncode == 0, done.stdout + done.stderr
        (clone / "printed.txt").write_text(done.stdout, encoding="utf-8")

    return built_once(tmp_path_factory, "decoded-run", run)


@pytest.fixture(scope="module")
def decoded(decoded_run, tmp_path_factory) -> Path:
    """A copy of `decoded_run` for the tests of a file; each leaves it as it was."""
    return shutil.copytree(decoded_run, tmp_path_factory.mktemp("decoded") / "clone")


@pytest.fixture(scope="module")
def finished(tiny_run, tmp_path_factory) -> Path:
    """A copy of `tiny_run` for the tests of a file; each leaves it as it was."""
    return shutil.copytree(tiny_run, tmp_path_factory.mktemp("finished") / "clone")


@pytest.fixture(scope="module")
def undisturbed(finished) -> dict[str, str]:
    """The release of a run without a fault; see `release_of`."""
    return release_of(finished / "results")


@pytest.fixture
def faulty(finished, tmp_path) -> Path:
    """A copy of a finished run."""
    return shutil.copytree(finished, tmp_path / "clone", symlinks=True)
