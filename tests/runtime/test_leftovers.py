"""Temporary files of killed jobs are removed, other files and those of living jobs are not."""

from videeg_pipe.runtime.files import atomic_path
from videeg_pipe.runtime.leftovers import remove_leftovers_of_killed_jobs
from videeg_pipe.runtime.lock import only_writer

LEFT = [
    *("release/.new.videeg-a1b2c3d4", "eeg/.sub1.videeg-k9_x2b3c"),
    *("models/spgn/.model.videeg-abcd1234.json", "..generator.videeg-a1b2c3d4.videeg-a1b2c3d4"),
]
KEPT = [
    *("eeg/sub1.json", "notes.abcd1234.json", ".gitignore", ".hidden/.a.videeg-abcd1234.json"),
    *("release/.notes.20261128", "report/.plot.20261128.png", ".videeg-notes"),
    "samples/part-000.zarr/.a.videeg-abcd1234.json",
]


def make(results, names):
    for name in names:
        path = results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if path.suffix == ".json" or path.suffix == "" else path.mkdir()


def test_leftovers_are_removed_and_nothing_else(tmp_path):
    make(tmp_path, LEFT + KEPT)
    removed = remove_leftovers_of_killed_jobs(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in removed} == set(LEFT)
    assert not any((tmp_path / name).exists() for name in LEFT)
    assert all((tmp_path / name).exists() for name in KEPT)
    assert remove_leftovers_of_killed_jobs(tmp_path / "none") == []


def test_a_living_writer_keeps_its_file(tmp_path):
    with only_writer(tmp_path / "logs" / "job.lock"), atomic_path(tmp_path / "a.json") as file:
        file.touch()
        assert remove_leftovers_of_killed_jobs(tmp_path) == []
        assert file.exists()
        file.write_text("whole")
    make(tmp_path, LEFT)
    assert len(remove_leftovers_of_killed_jobs(tmp_path)) == len(LEFT)
