"""Places that cannot be written are refused before any work, and nothing is replaced unasked."""

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.targets import check_new


@pytest.mark.parametrize("target", ["nowhere", "link"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_that_leads_nowhere_is_kept(tmp_path, target, overwrite):
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(UserError, match="found a link to nothing that exists"):
        check_new(link, overwrite=overwrite, ours=link.is_file())
    check_new(tmp_path / target / "new", overwrite=False, ours=False)


@pytest.mark.parametrize("name", ["x" * 201, "日" * 67, "x" * 5000])
def test_a_name_without_room_for_temporary_files_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"at most 200 bytes; found (201|5000) bytes"):
        check_new(tmp_path / name, overwrite=False, ours=False)
    check_new(tmp_path / "日" / ("x" * 200), overwrite=False, ours=False)
