"""Results belong to one data set."""

from pathlib import Path

import pytest

from videeg_pipe.acquire.claim import check_claim, check_folder, claim
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


def test_a_folder_of_other_files_is_refused(tmp_path):
    source = tmp_path / "src"
    (source / "package").mkdir(parents=True)
    (tmp_path / "a file").touch()
    for folder, found in ((source, "a folder with package"), (tmp_path / "a file", "a file")):
        with pytest.raises(UserError, match=f"new or empty folder.*; found {found}; choose"):
            check_folder(folder)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "a file").touch()
    for folder, found in (
        (tmp_path / "a file" / "new", f"{tmp_path / 'a file'}, a file"),
        (tmp_path / ("a" * 300), "file name too long"),
    ):
        with pytest.raises(UserError, match=f"new or empty folder.*; found {found}; choose"):
            check_folder(folder)


def test_results_and_folders_without_any_are_accepted(tmp_path):
    for names in (
        (),
        ("logs/train.log", "config.yaml"),
        ("lost+found/x",),
        ("manifest/source.json", "mine"),
        ("manifest/windows.parquet", "mine"),
        ("made_from/x", "mine"),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("source: {}\nrun:\n  seed: 1\n")
        check_folder(folder)


def test_a_profile_and_a_foreign_manifest_are_no_results(tmp_path):
    with pytest.raises(UserError, match=r"; found a folder with config\.yaml; choose"):
        check_folder(Path(__file__).parents[2] / "slurm")
    (tmp_path / "manifest").mkdir()
    (tmp_path / "manifest" / "notes.txt").touch()
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UserError, match=r"; found a folder with manifest, thesis\.tex; choose"):
        check_folder(tmp_path)
