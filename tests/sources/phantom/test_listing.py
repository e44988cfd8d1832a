"""Subjects and files of the phantom."""

from videeg_pipe.config import load
from videeg_pipe.sources.phantom.listing import list_files, list_side_files, list_subjects, root


def test_the_workflow_makes_the_files_of_the_chosen_subjects():
    config = load({"phantom": {"n_subjects": 11}, "source": {"subjects": ["sub11", "sub2"]}})
    assert list_subjects(config) == ["sub2", "sub11"]
    assert str(root(config, "elsewhere")) == "elsewhere/phantom"
    assert list_files(config, "elsewhere") == [
        f"elsewhere/phantom/{name}"
        for name in (
            *("videos.json", "EEG/sub2.npy", "EEG/sub11.npy"),
            *("truth/sub2.npy", "truth/sub11.npy"),
        )
    ]
    assert list_side_files(config) == []
