import pytest

from tests.workflow.clone import make_clone


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A copy of the repository to run workflows in; give each its own `run.results`."""
    return make_clone(tmp_path_factory.mktemp("clone"))
