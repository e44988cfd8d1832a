"""SEED-DV's layout: the five tables of a good folder, one clear line for each bad one."""

import numpy as np
import pytest

from tests.sources.builders import (
    N_FRAMES,
    TABLES,
    build_seed_dv,
    eeg,
    run_acquire,
    write_video,
)
from tests.stimuli.odd_videos import write_streams
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'it\'s "SEED-DV" für äöü'


def test_tables_of_a_good_folder(folder, tmp_path):
    made = run_acquire(build_seed_dv(folder), tmp_path / "out")
    recordings = made["recordings"].set_index("recording_id")
    assert list(recordings.index) == [
        *("sub1-s1-b1", "sub1-s1-b2", "sub1-s2-b1", "sub1-s2-b2", "sub2-s1-b1", "sub2-s1-b2")
    ]
    second = recordings.loc["sub1-s2-b2"]
    assert (second["subject"], second["session"], second["block"]) == ("sub1", 2, 2)
    assert second["path"] == str(folder / "EEG" / "sub1_session2.npy")
    assert second["sha256"] == sha256_file(folder / "EEG" / "sub1_session2.npy")
    assert set(recordings["n_samples"]) == {1800}
    assert set(recordings["n_channels"]) == {62}
    assert recordings["truth_path"].isna().all()
    assert not made["videos"]["redistributable"].any()
    assert made["videos"]["licence"].str.contains("SEED-DV").all()
    assert list(made["participants"]["prompt"]) == [
        "EEG of subject 1 watching a video.",
        "EEG of subject 2 watching a video.",
    ]


def test_both_units_are_converted_to_microvolts(folder, tmp_path):
    recordings = run_acquire(build_seed_dv(folder), tmp_path / "out")["recordings"]
    for row in recordings.itertuples():
        samples = np.load(row.path)[row.block - 1] * row.scale_to_uv
        assert samples.std(axis=1) == pytest.approx(10, rel=0.1)


def test_clips_follow_the_layout(folder, tmp_path):
    clips = run_acquire(build_seed_dv(folder), tmp_path / "out")["clips"]
    last = clips[clips["recording_id"] == "sub2-s1-b2"]
    assert list(last["clip_id"]) == [f"sub2-s1-b2-c{place:03d}" for place in range(6)]
    # 1 s of hint and two clips of 1 s a concept, in the video as in the EEG
    assert list(last["onset_s"]) == [1, 2, 4, 5, 7, 8]
    assert list(last["video_start_s"]) == [1, 2, 4, 5, 7, 8]
    assert set(last["duration_s"]) == {1.0}
    assert set(last["video_id"]) == {"2nd_10min"}
    assert list(last["concept_id"]) == [40, 40, 1, 1, 3, 3]
    assert list(last["concept"][::2]) == ["ship", "cat", "elephant"]
    assert list(last["concept_group"][::2]) == ["transportation", "land animal", "land animal"]
    assert list(last["caption"]) == [f"clip {place} of 2nd_10min.mp4" for place in range(6)]
    assert last["emotion"].isna().all()


def test_the_layout_counts_frames_where_sound_starts_before_the_pictures(folder, tmp_path):
    values = build_seed_dv(folder)
    pictures = [np.full((32, 48, 3), number, np.uint8) for number in range(N_FRAMES)]
    write_streams(folder / "Video/2nd_10min.mp4", [pictures], start_s=0.5, sound_s=9.5)
    made = run_acquire(values, tmp_path / "out")
    last = made["clips"][made["clips"]["recording_id"] == "sub2-s1-b2"]
    assert list(last["onset_s"]) == [1, 2, 4, 5, 7, 8]
    assert list(last["video_start_s"]) == [1.5, 2.5, 4.5, 5.5, 7.5, 8.5]
    assert list(made["findings"]["what"]).count(
        "The first picture is shown 0.500 s after the start of the file; its clips begin with it."
    )


def test_emotions_and_demographics_are_read_where_present(folder, tmp_path):
    values = build_seed_dv(folder)
    np.save(folder / "Video/meta-info/All_video_emotion.npy", [[-1, 0, 1], [0, 1, -1]])
    rows = "participant_id\tage\tsex\thand\nsub2\t28\tF\tA\n"
    (folder / "participants.tsv").write_text(rows)
    made = run_acquire(values, tmp_path / "out")
    shown = made["clips"].groupby("recording_id")["emotion"].agg(list)
    assert shown["sub1-s1-b1"][::2] == ["negative", "neutral", "positive"]
    assert shown["sub2-s1-b2"][::2] == ["neutral", "positive", "negative"]
    people = made["participants"].set_index("subject")
    assert people.loc["sub2", "age"] == 28
    assert (
        people.loc["sub2", "prompt"] == "EEG of a 28-year-old ambidextrous woman watching a video."
    )


def test_a_flattened_tree_with_one_subject_and_two_sessions(folder, tmp_path):
    values = build_seed_dv(folder, flat=True)
    values["source"]["subjects"] = ["sub1"]
    values["seed_dv"]["captions"] = None
    made = run_acquire(values, tmp_path / "out")
    assert set(made["recordings"]["subject"]) == {"sub1"}
    assert sorted(set(made["recordings"]["session"])) == [1, 2]
    assert made["clips"]["caption"].isna().all()
    assert len(made["participants"]) == 1


def _save(change):
    """Break EEG/sub2.npy by changing its samples."""

    def break_it(folder):
        path = folder / "EEG" / "sub2.npy"
        np.save(path, change(np.load(path)))

    return break_it


def _put(value, *places):
    def change(samples):
        for place in places:
            samples[place] = value
        return samples

    return _save(change)


def _rewrite(name, change):
    def break_it(folder):
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return break_it


def _drop(name):
    return lambda folder: (folder / name).unlink()


def _pickle(folder):
    np.save(folder / "EEG" / "sub2.npy", np.array([{}, None], object), allow_pickle=True)


def _labels(value):
    def break_it(folder):
        path = folder / "Video/meta-info/All_video_label.npy"
        labels = np.load(path)
        labels[1, 2] = value
        np.save(path, labels)

    return break_it


def _rail(samples):
    limit = np.quantile(samples[0, :30], 0.8, axis=1, keepdims=True)
    samples[0, :30] = np.minimum(samples[0, :30], limit)
    return samples


def _video(n_frames, fps=24):
    return lambda folder: write_video(folder / "Video/2nd_10min.mp4", n_frames, fps=fps)


VIDEO = "Video/2nd_10min.mp4"
CAPTIONS = "Video/BLIP-caption/1st_10min.txt"
BAD = {
    "no EEG": (_drop("EEG/sub2.npy"), r"sub2"),
    "truncated": (
        _rewrite("EEG/sub2.npy", lambda data: data[:-5000]),
        r"sub2\.npy.*complete \.npy",
    ),
    "empty": (_rewrite("EEG/sub2.npy", lambda data: b""), r"sub2\.npy.*complete \.npy"),
    "pickled": (_pickle, r"sub2\.npy.*array of numbers"),
    "two blocks in one": (_save(lambda x: x.reshape(1, 62, 3600)), r"\(2, 62, 1800\).*\(1, 62, 36"),
    "two dimensions": (_save(lambda x: x[0]), r"\(2, 62, 1800\).*\(62, 1800\)"),
    "channels": (_save(lambda x: x[:, :60]), r"found shape \(2, 60, 1800\); leave only the 62 EEG"),
    "integers": (_save(lambda x: x.astype(np.int16)), r"float32 or float64; found int16"),
    "NaN": (
        _put(np.nan, (1, 3, 700), (1, 5, 900)),
        r"sub2\.npy, block 2.*2 that are NaN.*nan in channel AF3 at sample 700",
    ),
    "infinite": (_put(-np.inf, (0, 61, 0)), r"block 1.*1 that.*-inf in channel CB2 at sample 0"),
    "flat": (_put(0.0, (0, slice(0, 20))), r"sub2\.npy, block 1.*30% of 62.*flat FP1, FPZ"),
    "railed": (_save(_rail), r"sub2\.npy, block 1.*found railed FP1"),
    "millivolts": (
        _save(lambda x: x / 1e3),
        r"0\.5 to 500 uV or 5e-07 to 0\.0005 V; found 0\.00[56]",
    ),
    "z-scored": (
        _save(lambda x: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)),
        r"sub2\.npy; expected EEG in a unit of voltage; found a mean of 0 and.*z-score; use the",
    ),
    "no video": (_drop(VIDEO), r"2nd_10min\.mp4; expected a file"),
    "half a video": (
        _rewrite(VIDEO, lambda data: data[: len(data) // 2]),
        r"2nd_10min.*to its end",
    ),
    "other rate": (_video(270, fps=30), r"2nd_10min.*24 frames per second; found 30\.0"),
    "short video": (_video(N_FRAMES - 1), r"2nd_10min.*216 frames \(9 s\); found 215"),
    "label 0": (_labels(0), r"All_video_label\.npy, block 2.*1 to 40.*\[0\] out of range"),
    "label 41": (_labels(41), r"All_video_label\.npy, block 2.*1 to 40.*\[41\] out of range"),
    "repeated label": (_labels(40), r"All_video_label\.npy, block 2.*\[40\] twice"),
    "no labels": (_drop("Video/meta-info/All_video_label.npy"), r"All_video_label\.npy"),
    "captions": (
        _rewrite(CAPTIONS, lambda data: data + b"more\r\n"),
        r"1st_10min\.txt.*6 capt.*7 ",
    ),
    "no UTF-8": (_rewrite(CAPTIONS, lambda data: b"\xff" + data), r"1st_10min\.txt.*UTF-8"),
    "no captions": (_drop(CAPTIONS), r"1st_10min\.txt"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_name_the_problem_and_nothing_is_written(name, folder, tmp_path):
    break_it, message = BAD[name]
    values = build_seed_dv(folder)
    values["source"]["subjects"] = ["sub1", "sub2"]
    break_it(folder)
    out = tmp_path / "out"
    out.mkdir()
    (out / "clips.parquet").write_text("of the run before")
    with pytest.raises(UserError, match=message) as error:
        run_acquire(values, out)
    assert "\n" not in str(error.value)
    assert [path.name for path in out.iterdir()] == ["clips.parquet"]
    assert (out / "clips.parquet").read_text() == "of the run before"


def test_few_dead_channels_are_logged_and_left_to_preprocess(folder, tmp_path, caplog):
    values = build_seed_dv(folder)
    _put(5.0, (1, slice(0, 2)))(folder)
    run_acquire(values, tmp_path / "out")
    (message,) = [line for line in caplog.messages if "flat" in line]
    assert "sub2.npy, block 2: flat FP1, FPZ" in message


@pytest.mark.parametrize(("units", "wrong"), [("uV", "sub1.npy"), ("V", "sub2.npy")])
def test_units_that_do_not_fit_the_spread_are_refused(units, wrong, folder, tmp_path):
    values = build_seed_dv(folder)
    values["source"]["units"] = units
    with pytest.raises(UserError, match=rf"{wrong}.*source\.units {units}") as error:
        run_acquire(values, tmp_path / "out")
    assert "set it to auto" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_emotions_out_of_range_are_refused(folder, tmp_path):
    values = build_seed_dv(folder)
    np.save(folder / "Video/meta-info/All_video_emotion.npy", [[-1, 0, 1], [0, 2, -1]])
    with pytest.raises(UserError, match=r"All_video_emotion\.npy.*-1, 0 and 1"):
        run_acquire(values, tmp_path / "out")


@pytest.mark.slow
def test_full_shape(folder, tmp_path):
    values = build_seed_dv(folder)
    del values["seed_dv"]["layout"], values["seed_dv"]["videos"]
    values["seed_dv"]["captions"] = None
    (folder / "EEG" / "sub1_session2.npy").unlink()
    noise = eeg(0, (62, 104_000))
    for name, dtype, unit in (("sub1", np.float32, 1e-6), ("sub2", np.float64, 1.0)):
        whole = np.lib.format.open_memmap(
            folder / "EEG" / f"{name}.npy", "w+", dtype, (7, 62, 104_000)
        )
        whole[:] = (noise * unit).astype(dtype)
        noise = noise[:, ::-1]  # another person
        whole.flush()
    rng = np.random.default_rng(0)
    labels = np.stack([rng.permutation(40) + 1 for _ in range(7)])
    np.save(folder / "Video/meta-info/All_video_label.npy", labels)
    first = write_video(folder / "Video" / "1st_10min.mp4", 12_480)
    for place, name in enumerate(("2nd", "3rd", "4th", "5th", "6th", "7th")):
        unused = (8 + place).to_bytes(4, "big") + b"free" + bytes(place)  # another checksum
        (folder / "Video" / f"{name}_10min.mp4").write_bytes(first.read_bytes() + unused)
    made = run_acquire(values, tmp_path / "out")
    assert sorted(made) == sorted(TABLES)
    scales = made["recordings"].groupby("subject")["scale_to_uv"].agg(set)
    assert scales.to_dict() == {"sub1": {1e6}, "sub2": {1.0}}
    assert len(made["recordings"]) == 14
    clips = made["clips"][made["clips"]["recording_id"] == "sub2-s1-b7"].reset_index()
    assert len(clips) == 200
    place, clip = np.divmod(np.arange(200), 5)
    np.testing.assert_array_equal(clips["onset_s"] * 200, 2600 * place + 600 + 400 * clip)
    np.testing.assert_array_equal(clips["video_start_s"] * 24, 312 * place + 72 + 48 * clip)
    np.testing.assert_array_equal(clips["concept_id"], labels[6][place])


def test_files_of_other_names_are_listed(folder, tmp_path):
    values = build_seed_dv(folder)
    (folder / "EEG" / "sub2.npy").rename(folder / "EEG" / "Sub2.npy")
    for name in ("sub2 (1).npy", "sub3.npz"):
        (folder / "EEG" / name).touch()
    made = run_acquire(values, tmp_path / "out")
    assert list(made["participants"]["subject"]) == ["sub1", "sub2"]
    assert list(made["findings"]["file"]) == ["EEG/sub2 (1).npy", "EEG/sub3.npz"]
    assert set(made["findings"]["action"]) == {"skipped"}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("EEG/sub2.npy", "EEG/sub3.npy", r"EEG/sub3\.npy; expected a recording of its own.*/sub2"),
        ("EEG/sub2.npy", "EEG/sub1_session2.npy", r"expected a recording of its own"),
        ("Video/1st_10min.mp4", "Video/2nd_10min.mp4", r"2nd_10min\.mp4; expected a video of its"),
    ],
)
def test_copies_under_another_name_are_refused(first, second, message, folder, tmp_path):
    values = build_seed_dv(folder)
    (folder / second).write_bytes((folder / first).read_bytes())
    with pytest.raises(UserError, match=message):
        run_acquire(values, tmp_path / "out")


def test_the_copy_of_a_person_in_another_unit_and_type_is_refused(folder, tmp_path):
    values = build_seed_dv(folder)  # sub1 has float32 in volts
    np.save(folder / "EEG" / "sub2.npy", eeg(1))
    with pytest.raises(UserError, match=r"sub2\.npy; expected a recording of its own; .*sub1\.npy"):
        run_acquire(values, tmp_path / "out")
