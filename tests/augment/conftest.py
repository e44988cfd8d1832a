import pytest

from tests.augment.world import write_share


@pytest.fixture(scope="package")
def share(tmp_path_factory):
    """Return the inputs of a trained share, and its results folder."""
    root = tmp_path_factory.mktemp("augment")
    return write_share(root), root


@pytest.fixture(scope="package")
def poisoned(tmp_path_factory):
    """Return the same where all EEG outside the share was changed before."""
    root = tmp_path_factory.mktemp("poisoned")
    return write_share(root, poison=True), root
