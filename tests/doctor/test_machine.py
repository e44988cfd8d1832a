"""Folders that a run writes to, and what there is of the machine."""

import os

from videeg_pipe.doctor.machine import _folder, check_machine


def test_a_good_machine(tmp_path):
    found = {finding.name: finding for finding in check_machine(tmp_path / "results")}
    assert list(found) == ["cores", "memory", "GPU", "results", "temporary"]
    assert found["cores"].found.startswith(f"{len(os.sched_getaffinity(0))} usable")
    assert found["memory"].found.split()[1].startswith("GB")
    assert not (tmp_path / "results").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    finding = _folder("results", tmp_path / "file" / "results", 0, "elsewhere")
    assert finding.state == "missing" and "cannot be written to" in finding.found
    assert finding.next_step == f"chmod u+w {tmp_path}/file  # or: elsewhere"


def test_a_disk_that_is_too_small(tmp_path):
    finding = _folder("results", tmp_path, 1e12, "elsewhere")
    assert finding.state == "missing" and finding.found.endswith("1e+12 GB needed")
    assert _folder("results", tmp_path, 0, "elsewhere").state == "ok"
