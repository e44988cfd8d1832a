"""A whole data set as labs have them."""

from tests.sources.builders import run_acquire
from tests.sources.lab import build_lab
from videeg_pipe.config import load
from videeg_pipe.sources.bids.listing import list_subjects


def test_a_lab_is_read_with_its_rest_runs_of_pictures_and_sub_folders(tmp_path):
    values = {"source": {"kind": "bids", "path": str(build_lab(tmp_path / "lab"))}}
    assert list_subjects(load(values)) == ["sub-P01", "sub-P02", "sub-P03"]
    made = run_acquire(values, tmp_path / "out")
    runs = made["recordings"].groupby(["subject", "session"])["block"].agg(list)
    assert runs.to_dict() == {
        (f"sub-P0{person}", session): [1, 2]
        for person, session in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1))
    }
    first = made["clips"][made["clips"]["recording_id"] == "sub-P03_ses-1_task-movies_run-2"]
    assert list(first["onset_s"]) == [1.5, 7.0, 13.0, 18.5]
    assert list(first["duration_s"]) == [5.0, 4.0, 5.0, 4.0]
    assert list(first["concept"]) == ["river", "anna"] * 2
    assert list(made["participants"]["prompt"]) == [
        "EEG of a 25-year-old woman watching a video.",
        "EEG of a 9-year-old boy watching a video.",
        "EEG of subject P03 watching a video.",
    ]
    found = made["findings"].groupby(["action", "what"])["file"].size()
    assert found["skipped"].to_dict() == {
        "It has no events file, *_events.tsv.": 5,
        "Its events name pictures, sounds or texts in stim_file, and no video.": 5,
    }
    assert found["repaired"].to_dict() == {
        "The participant_id of 3 people is written differently from their folders.": 1
    }


def test_a_column_of_a_lab_names_the_concepts_and_sessions_narrow_it(tmp_path):
    source = {"kind": "bids", "path": str(build_lab(tmp_path / "lab"))}
    options = {"concept": "category", "sessions": ["1"], "task": "movies"}
    made = run_acquire({"source": source, "bids": options}, tmp_path / "out")
    assert set(made["clips"]["concept"]) == {"n", "f"}
    assert set(made["recordings"]["session"]) == {1}
    assert set(made["findings"]["action"]) == {"repaired"}
