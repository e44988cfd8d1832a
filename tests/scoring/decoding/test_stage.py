"""One file of scores for all rows: floors, ceilings and comparisons beside each."""

import shutil
from dataclasses import astuple

import numpy as np
import pytest

from tests.decode.world import ROWS, write_clips
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.runtime.files import read_record
from videeg_pipe.scoring.decoding import stage
from videeg_pipe.scoring.decoding.augmentation import Targets
from videeg_pipe.scoring.decoding.stage import score_decoding


@pytest.fixture(scope="module")
def found(reconstructed, tmp_path_factory):
    """Scores, and the table of scores per presentation."""
    out, made = tmp_path_factory.mktemp("scores"), reconstructed / "reconstructions"
    score_decoding(
        rows=[made / f"{name}.json" for name in ROWS],
        ceilings=made / "ceilings.json",
        index=reconstructed / "eeg" / "index.json",
        clips_cut=reconstructed / "clips_cut.parquet",
        pictures=reconstructed / "pictures",
        bootstrap=20,
        threads=1,
        seed=1,
        scores=out / "decoding.json",
        clips=out / "decoding.parquet",
    )
    return read_record(out / "decoding.json"), read_parquet(out / "decoding.parquet")


def test_every_row_has_scores_floors_and_ceilings(found):
    scores, table = found
    names = [row.name for rows in ROWS.values() for row in rows]
    assert set(scores["rows"]) == set(names) == set(table["row"])
    for row in scores["rows"].values():
        ssim = row["scores"]["ssim"]
        assert {"mean_frame", "concept_mean", "concept_clip", "other_clip"} <= set(ssim["floors"])
        assert set(ssim["ceilings"]) == {"codec", "generator", "information"}
        assert row["n_presentations"] == 20 * len(row["people"]) and row["n_runs"] == 4
    assert scores["ceilings"] == ["codec", "generator", "information"]
    assert "ssim" in scores["definitions"]


def test_values_per_presentation_average_to_the_scores(found):
    scores, table = found
    own = table[table["row"] == "lookup_cs"]
    section = scores["rows"]["lookup_cs"]["scores"]
    assert own["ssim"].mean() == pytest.approx(section["ssim"]["value"])
    within = section["identify_within"]["vae"]["value"]
    assert own["identify_within.vae"].mean() == pytest.approx(within)
    assert own["clip_id"].is_unique and set(own["position"]) == {1, 2, 3, 4, 5}


def test_the_linear_decoder_finds_the_planted_concepts_and_the_mean_clip_none(found):
    rows = found[0]["rows"]
    assert rows["lookup_cs"]["scores"]["concept_top1"]["value"] > 0.6
    assert rows["lookup_cs"]["scores"]["linear_top1"]["value"] > 0.6
    blind = rows["mean-clip_cs"]["scores"]
    assert blind["identify_all"]["vae"]["value"] == pytest.approx(0.5)
    assert blind["diversity"]["value"] == 0 and "subject_probe" not in blind
    assert 0 <= rows["sam-net_cs"]["scores"]["subject_probe"]["value"] <= 1
    assert blind["concept_top1"]["value"] == pytest.approx(0.25)


def test_shuffled_eeg_is_near_chance(found):
    scores = found[0]["rows"]["shuffled_cs"]["scores"]
    assert scores["concept_top1"]["value"] <= 0.5  # chance is 0.25; 4 runs seen by two people
    for name in ("identify_all", "identify_within"):
        assert scores[name]["vae"]["value"] == pytest.approx(0.5, abs=0.15)


def test_adapted_rows_are_compared_with_the_decoder_before(found):
    scores, _ = found
    (one,) = (of for of in scores["adaptations"] if of["score"] == "ssim")
    assert (one["row"], one["reference"]) == ("sam-net_new-50_euclidean", "sam-net_new-0")
    after, before = (scores["rows"][one[of]]["scores"]["ssim"] for of in ("row", "reference"))
    assert one["difference"] == pytest.approx(after["value"] - before["value"])
    assert scores["rows"][one["row"]]["variance_ratio"] == pytest.approx(1, abs=0.1)
    assert scores["rows"][one["reference"]]["variance_ratio"] is None


@pytest.fixture(scope="module")
def poisoned(reconstructed, tmp_path_factory):
    """The same pictures and texts, but for those of the test block."""
    root = write_clips(tmp_path_factory.mktemp("poisoned"), poison=True)
    pictures = root / "pictures"
    for path in (reconstructed / "pictures").iterdir():
        if not (pictures / path.name).exists():  # autoencoder and latents
            (shutil.copytree if path.is_dir() else shutil.copy)(path, pictures / path.name)
    return PictureStore(pictures)


def test_classifier_captions_and_training_frames_see_no_test_block(reconstructed, poisoned):
    clean = PictureStore(reconstructed / "pictures")
    assert not np.array_equal(clean.array("texts"), poisoned.array("texts"))
    ours, theirs = (stage._training(store) for store in (clean, poisoned))
    np.testing.assert_array_equal(ours.captions, theirs.captions)
    np.testing.assert_array_equal(ours.frames, theirs.frames)
    shown = np.asarray(clean.array("frames"))
    np.testing.assert_array_equal(*(of.classifier.probabilities(shown) for of in (ours, theirs)))
    for one, other in zip(*map(astuple, map(Targets.of, (clean, poisoned))), strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_are_compared_with_the_linear_decoder_of_their_group(found):
    scores, _ = found
    references = {row["row"]: row["reference"] for row in scores["comparisons"]}
    assert references["sam-net_cs"] == "lookup_cs"
    assert references["sam-net_new-50_euclidean"] == "lookup_new-0"
    one = next(
        row for row in scores["comparisons"] if (row["row"], row["score"]) == ("ridge_cs", "ssim")
    )
    values = [scores["rows"][name]["scores"]["ssim"]["value"] for name in ("ridge_cs", "lookup_cs")]
    assert one["difference"] == pytest.approx(np.subtract(*values))


def test_ablations_are_compared_with_the_whole_decoder_alone(found):
    scores, _ = found
    assert {of["reference"] for of in scores["ablations"]} == {"sam-net_cs"}
    rows = {f"sam-net_cs_{start}" for start in ("no-latents", "no-text", "no-keyframe")}
    assert {of["row"] for of in scores["ablations"]} == rows
    assert not rows & {of["row"] for of in scores["comparisons"]}
    own = {
        name: scores["rows"][name]["scores"]["ssim"]["value"]
        for name in ("sam-net_cs", "sam-net_cs_no-text")
    }
    change = next(
        of
        for of in scores["ablations"]
        if (of["row"], of["score"]) == ("sam-net_cs_no-text", "ssim")
    )
    assert change["by_seed"] == [pytest.approx(own["sam-net_cs_no-text"] - own["sam-net_cs"])]
    assert change["seeds_low"] is None


def test_without_true_responses_nothing_is_said_about_the_order_of_people(found):
    assert found[0]["csa"] is None
