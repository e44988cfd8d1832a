"""Results belong to one data set."""

import pytest

from videeg_pipe.acquire.claim import check_claim, claim
from videeg_pipe.runtime.errors import UserError

PHANTOM = {"kind": "phantom", "path": None}


def bids(path):
    return {"kind": "bids", "path": str(path)}


def test_without_results_any_source_may_run(tmp_path):
    check_claim(tmp_path / "source.json", PHANTOM)


def test_another_kind_or_folder_is_refused_until_the_file_is_deleted(tmp_path):
    file = tmp_path / "source.json"
    claim(file, bids("lab"))
    for other in (PHANTOM, bids("lab-2"), {"kind": "seed-dv", "path": "lab"}):
        with pytest.raises(UserError, match=r"results of source\.kind bids with source\.path lab"):
            check_claim(file, other)
    file.unlink()
    check_claim(file, PHANTOM)


def test_another_spelling_of_the_same_folder_is_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "source.json"
    claim(file, bids("lab"))
    for same in ("lab", "lab/", "./lab", tmp_path / "lab"):
        check_claim(file, bids(same))
    monkeypatch.chdir(tmp_path.parent)  # a moved project
    check_claim(file, bids("lab"))
