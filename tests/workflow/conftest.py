import pytest

from tests.workflow.clone import make_clone, run_snakemake, tiny, write_config


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A copy of the repository to run workflows in; give each its own `run.results`."""
    return make_clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def tiny_run(clone):
    """A finished tiny run of the default source: the clone, its overlay and its results."""
    overlay = write_config(clone / "tiny.yaml", **tiny("results-tiny"))
    done = run_snakemake(clone, "all", "--configfile", str(overlay))
    assert done.returncode == 0, done.stdout + done.stderr
    return clone, overlay, clone / "results-tiny"
