import pytest

from tests.builders import build_results


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A results folder with planted structure: 2 people, 64 test windows, to be left as it is."""
    return build_results(tmp_path_factory.mktemp("résultats d'été"), n_concepts=8)
