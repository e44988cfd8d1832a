"""Ways to calibrate a decoder for a new person, on the person's real test clips."""

import pytest

from tests.decode.test_stage import world
from tests.decode.world import CONFIGURATION, KNOWN, NEW, files
from tests.scoring.decoding.test_augmentation import write_generated
from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import EUCLIDEAN, GENERATOR, OWN, REAL
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_parquet, read_table
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.virtual_calibration import score_calibrated


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return world(tmp_path_factory.mktemp("virtual"))


def score(root, rows, percent=50.0, origin=GENERATOR):
    """Score ways with the person's real EEG in the place of generated EEG."""
    made = write_generated(root, origin, EegStore(root / "eeg").windows(rows)[None], rows)
    out = root / "virtual.parquet"
    arguments = files(root) | {"config": CONFIGURATION}
    score_calibrated("lookup", percent, NEW, KNOWN, generated={origin: made}, out=out, **arguments)
    return read_parquet(out)


def test_every_way_is_scored_on_the_test_clips_of_the_new_person(root):
    table = read_table(root / "clips_cut.parquet", "clips_cut")
    scores = score(root, training_share(table, NEW, 1))
    held_out = held_out_clips(table, NEW)
    for _, own in scores.groupby("origin"):
        assert sorted(own["clip_id"]) == sorted(held_out["clip_id"])
    assert set(scores["origin"]) == {REAL, EUCLIDEAN, OWN, GENERATOR}
    assert scores["minutes"].unique() == pytest.approx(20 * 1.5 / 60)  # 20 clips of 1.5 s
    accuracy = scores.groupby("origin")["concept_top1"].mean()
    assert accuracy.min() > 0.5  # people of this world share their responses


def test_eeg_of_test_clips_is_refused(root):
    table = read_table(root / "clips_cut.parquet", "clips_cut")
    with pytest.raises(UserError, match="EEG of the new people's training clips"):
        score(root, held_out_clips(table, NEW))
