"""Ways to calibrate a decoder for a new person, on the person's real test clips."""

import numpy as np
import pytest
import torch

from tests.decode.test_stage import world
from tests.decode.world import CONFIGURATION, KNOWN, NEW, files
from tests.scoring.decoding.test_augmentation import write_generated
from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import (
    EUCLIDEAN,
    GENERATOR,
    OWN,
    REAL,
    synthetic_people,
)
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_parquet, read_table
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, sha256_file, write_npy, write_record
from videeg_pipe.scoring.decoding.virtual_calibration import Training, score_calibrated, ways

PERCENT = 50.0


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return world(tmp_path_factory.mktemp("virtual"))


def made(root, eeg, rows, origin=GENERATOR):
    return {origin: write_generated(root, origin, eeg[None].astype(np.float32), rows)}


def rows_of(root, split="train"):
    """Return the rows of the new person's clips."""
    table = read_table(root / "clips_cut.parquet", "clips_cut")
    return held_out_clips(table, NEW) if split == "test" else training_share(table, NEW, 1)


def change_new_person(root, change):
    """Change the new person's recording in place."""
    path = root / "eeg" / f"{NEW[0]}.npy"
    eeg = np.load(path, allow_pickle=False).copy()
    change(eeg)
    write_npy(path, eeg)
    index = read_record(path.with_name("index.json"))
    next(of for of in index["recordings"] if of["subject"] == NEW[0])["sha256"] = sha256_file(path)
    write_record(path.with_name("index.json"), index)


def copies(root):
    """Return clips of synthetic people whose EEG is that of known ones."""
    clips = training_share(read_table(root / "clips_cut.parquet", "clips_cut"), KNOWN, 1)
    return synthetic_people(clips), EegStore(root / "eeg").windows(clips)


def score(root, generated, seeds=1, percent=PERCENT):
    out = root / "virtual.parquet"
    arguments = files(root) | {"config": CONFIGURATION | {"augment": {"seeds": seeds}}}
    score_calibrated("lookup", percent, NEW, KNOWN, generated=generated, out=out, **arguments)
    return read_parquet(out)


def test_every_way_is_scored_on_the_test_clips_of_the_new_person(root):
    rows = rows_of(root)
    eeg = EegStore(root / "eeg").windows(rows)
    runs = np.roll(eeg, 5, axis=0)  # EEG of the run before, which is of another concept
    scores = score(root, made(root, 3 * runs, rows) | made(root, eeg, rows, "real"), seeds=2)
    for _, own in scores.groupby(["origin", "seed"]):
        assert sorted(own["clip_id"]) == sorted(rows_of(root, "test")["clip_id"])
    assert set(scores["origin"]) == {REAL, EUCLIDEAN, OWN, GENERATOR, "real"}
    assert set(scores["seed"]) == {0, 1}
    assert scores["minutes_per_person"].unique() == pytest.approx(20 * 1.5 / 60)  # 20 clips
    accuracy = scores.groupby("origin")["concept_top1"].mean()
    assert accuracy[GENERATOR] < accuracy[OWN]  # wrong responses
    assert accuracy.drop(GENERATOR).min() > 0.5  # people of this world share their responses


@pytest.mark.parametrize("percent", [0, PERCENT])
def test_no_way_sees_later_or_test_eeg_of_the_new_person(root, tmp_path, percent):
    there = world(tmp_path, poison=True)
    first = rows_of(there)["start_sample"].iloc[20] if percent else 0  # half of the training clips

    def poison(eeg):
        eeg[:, first:] *= -7

    change_new_person(there, poison)
    rows, eeg = copies(root)
    if percent:
        rows = rows_of(root)
        eeg = EegStore(root / "eeg").windows(rows)
    generated, states = made(root, eeg, rows), []
    for folder in (root, there):
        store, table = (
            EegStore(folder / "eeg"),
            read_table(folder / "clips_cut.parquet", "clips_cut"),
        )
        pictures = PictureStore(folder / "pictures")
        training = Training.read(table, percent, NEW, KNOWN, generated, store, pictures)
        fitted = ways("lookup", training, NEW, store, CONFIGURATION, 0)
        states.append({origin: of[NEW[0]].state_dict() for origin, _, of in fitted})
    used = {REAL, GENERATOR} | ({EUCLIDEAN, OWN} if percent else set())
    assert states[0].keys() == states[1].keys() == used
    for origin, state in states[0].items():
        assert all(torch.equal(states[1][origin][name], of) for name, of in state.items())


def test_synthetic_people_need_no_minutes(root):
    rows, eeg = copies(root)
    scores = score(root, made(root, eeg, rows), percent=0)
    assert set(scores["origin"]) == {REAL, GENERATOR}
    assert set(scores["subject"]) == set(NEW)
    assert scores["minutes_total"].unique() == [0]


def test_synthetic_people_are_scaled_as_everyone(root):
    rows, eeg = copies(root)
    store = EegStore(root / "eeg")
    table, pictures = (
        read_table(root / "clips_cut.parquet", "clips_cut"),
        PictureStore(root / "pictures"),
    )
    training = Training.read(table, 0, NEW, KNOWN, made(root, 5 * eeg, rows), store, pictures)
    fitted = {
        of: one[NEW[0]] for of, _, one in ways("lookup", training, NEW, store, CONFIGURATION, 0)
    }
    real, more = fitted[REAL].scale, fitted[GENERATOR].scale
    assert torch.equal(more.sd[: len(KNOWN)], real.sd[:-1])
    assert all(torch.equal(sd, real.sd[-1]) for sd in more.sd[len(KNOWN) :])


def test_eeg_of_test_clips_is_refused(root):
    rows = rows_of(root, "test")
    with pytest.raises(UserError, match="EEG of the new people's training clips"):
        score(root, made(root, EegStore(root / "eeg").windows(rows), rows))
