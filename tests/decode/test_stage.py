"""Decoders see training clips of the named people alone, and are found under their names."""

import numpy as np
import pytest

from tests.decode.world import KNOWN, NEW, adapt, train, write_clips
from videeg_pipe.contracts.decoding import DecodingRow, decoder_record, listed_folders
from videeg_pipe.contracts.pictures import PictureStore, write_arrays
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.decode import stage
from videeg_pipe.models.decoders.checkpoint import load_decoder
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record


def world(root, *, poison=False):
    """Write clips with latents that need no autoencoder."""
    write_clips(root, poison=poison)
    store = PictureStore(root / "pictures")
    thumbnails = np.asarray(store.array("frames"))[:, :, ::16, ::16].astype(np.float32) / 64
    latents = np.concatenate([thumbnails, thumbnails[..., :1]], -1).transpose(0, 1, 4, 2, 3)
    write_arrays(root / "pictures" / "latents.json", {"latents": latents})
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return world(tmp_path_factory.mktemp("decode"))


@pytest.fixture(scope="module")
def trained(root):
    return train(root, "sam-net")


def test_the_folder_has_decoder_and_history(trained):
    decoder = load_decoder(trained.parent)
    assert decoder.layout.subjects == tuple(KNOWN)
    assert read_parquet(trained.with_name("history.parquet"))["step"].iloc[-1] == 3
    record = read_record(trained)
    assert record["minutes"] == pytest.approx(2 * 40 * 1.5 / 60)  # two people, 40 clips of 1.5 s
    assert record["config"].keys() == {"sam_net", "decoders"}


@pytest.mark.parametrize("name", ["lookup", "sam-net"])
def test_no_decoder_sees_the_test_block(name, root, tmp_path):
    here, there = (train(of, name) for of in (root, world(tmp_path, poison=True)))
    assert read_record(here)["weights_sha256"] == read_record(there)["weights_sha256"]


def test_each_training_has_a_seed_of_its_own(root, trained):
    other = train(root, "sam-net", number=1)
    assert read_record(other)["weights_sha256"] != read_record(trained)["weights_sha256"]


def test_adaptation_takes_the_earliest_training_clips(root, trained, tmp_path):
    rows = [
        DecodingRow("sam-net", "new-p", percent=percent, method=method)
        for percent, method in (
            *((25, "euclidean"), (100, "heads"), (25, "z-score"), (25, "least-squares")),
            *((25, "new2source"), (100, "new2source")),
        )
    ]
    listed = listed_folders(adapt(root, rows))
    assert list(listed.values()) == [decoder_record(root, row, NEW[0]) for row in rows]
    few, all_clips, *_ = (read_record(path) for path in listed.values())
    assert (few["adapted"], few["minutes"]) == ("sub3", pytest.approx(10 * 1.5 / 60))
    assert all_clips["minutes"] == pytest.approx(40 * 1.5 / 60)
    poisoned = world(tmp_path, poison=True)
    train(poisoned, "sam-net")
    for one, other in zip(
        listed.values(), listed_folders(adapt(poisoned, rows)).values(), strict=True
    ):
        assert read_record(one)["weights_sha256"] == read_record(other)["weights_sha256"]


def test_the_variance_of_mapped_eeg_is_recorded(root, trained):
    methods = ("euclidean", "least-squares")
    rows = [DecodingRow("sam-net", "new-p", percent=50, method=method) for method in methods]
    aligned, fitted = (
        read_record(path)["variance_ratio"] for path in listed_folders(adapt(root, rows)).values()
    )
    assert aligned == pytest.approx(1, abs=0.1)
    assert fitted < 0.8  # squared error shrinks


def test_a_leaky_training_is_detected(root, tmp_path, monkeypatch):
    """The comparison above must differ where a training takes all blocks."""
    monkeypatch.setattr(stage, "training_share", lambda table, people, _: table)
    here, there = (train(of, "lookup") for of in (root, world(tmp_path, poison=True)))
    assert read_record(here)["weights_sha256"] != read_record(there)["weights_sha256"]


def test_people_without_training_clips_are_refused(root):
    with pytest.raises(UserError, match="expected one clip or more in the split; found none"):
        train(root, "mean-clip", "of-nobody")
