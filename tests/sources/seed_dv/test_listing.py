"""Subjects and files of SEED-DV."""

import pytest

from tests.sources.builders import build_seed_dv
from videeg_pipe.config import ConfigError, load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.seed_dv.listing import list_files, list_subjects


def test_subjects_are_in_natural_order_and_files_are_complete(tmp_path):
    values = build_seed_dv(tmp_path)
    for name in ("sub10.npy", "sub3.npy.bak", "xsub4.npy", "sub5_copy.npy", ".sub6.npy.part"):
        (tmp_path / "EEG" / name).touch()
    config = load(values)
    assert list_subjects(config) == ["sub1", "sub2", "sub10"]
    files = list_files(config, "results")
    for name in (
        *("EEG/sub1.npy", "EEG/sub1_session2.npy", "EEG/sub10.npy", "Video/2nd_10min.mp4"),
        *("Video/meta-info/All_video_label.npy", "Video/BLIP-caption/1st_10min.txt"),
    ):
        assert str(tmp_path / name) in files
    assert str(tmp_path / "participants.tsv") not in files  # it does not exist


def test_only_files_of_chosen_subjects_are_listed(tmp_path):
    values = build_seed_dv(tmp_path)
    values["source"]["subjects"] = ["sub2"]
    files = [path for path in list_files(load(values), "results") if "/EEG/" in path]
    assert files == [str(tmp_path / "EEG" / "sub2.npy")]


def test_links_add_subjects_and_files_to_be_downloaded(tmp_path):
    values = build_seed_dv(tmp_path / "data")
    links = {
        "EEG/sub3.npy": "https://example.org/3",
        "Video/3rd_10min.mp4": "https://example.org/v",
    }
    values["source"]["urls"] = links
    config = load(values)
    assert list_subjects(config) == ["sub1", "sub2", "sub3"]
    assert {f"{tmp_path}/data/{name}" for name in links} <= set(list_files(config, "results"))
    values["source"]["path"] = str(tmp_path / "nothing yet")
    assert list_subjects(load(values)) == ["sub3"]


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        ({"../sub1.npy": "https://example.org"}, "inside the data set"),
        ({"/etc/sub1.npy": "https://example.org"}, "inside the data set"),
        ({"EEG/sub1.npy": "file:///etc/passwd"}, "an https link"),
        ({"EEG/sub1.npy": "http://example.org"}, "an https link"),
        ({"EEG/sub1.npy": "http://localhost.example.org"}, "an https link"),
        ({"EEG/sub1.npy": "http://[::1"}, "an https link"),
        ({"EEG/sub1.npy": "http://example.org\\@localhost/a"}, "an https link"),
        ({"EEG/sub1.npy": "https:///a"}, "an https link"),
    ],
)
def test_links_cannot_point_elsewhere(urls, message):
    with pytest.raises(ConfigError, match=message):
        load({"source": {"kind": "seed-dv", "path": "data", "urls": urls}})


def test_the_error_for_a_missing_folder_says_how_to_obtain_seed_dv(tmp_path):
    config = load({"source": {"kind": "seed-dv", "path": str(tmp_path / "no")}})
    with pytest.raises(UserError, match=r"licence form.*application to BCMI.*link comes by mail"):
        list_subjects(config)
    (tmp_path / "no" / "EEG").mkdir(parents=True)
    with pytest.raises(UserError, match=r"EEG files sub1\.npy.*no file of such.*seed_dv\.eeg"):
        list_subjects(config)


def test_two_files_of_one_session_are_refused(tmp_path):
    values = build_seed_dv(tmp_path)
    (tmp_path / "EEG" / "sub2_session1.npy").touch()
    with pytest.raises(UserError, match=r"session 1 of sub2.*sub2\.npy and sub2_session1\.npy"):
        list_subjects(load(values))


def test_one_person_under_two_spellings_is_refused(tmp_path):
    values = build_seed_dv(tmp_path)
    (tmp_path / "EEG" / "sub02.npy").touch()
    with pytest.raises(UserError, match=r"one file of session 1.*found sub02\.npy and sub2\.npy"):
        list_subjects(load(values))
