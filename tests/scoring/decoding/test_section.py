"""Decoders whose answer is known, and the scores that must detect them."""

from dataclasses import replace

import numpy as np
import pytest

from tests.scoring.decoding.toy import (
    CONCEPTS,
    LABELS,
    TRAINING,
    held_out,
    lookup,
    pictures,
    shuffled,
)
from videeg_pipe.contracts.scores import definitions, section_scores, to_json
from videeg_pipe.scoring.decoding.measure import measure, measure_floors
from videeg_pipe.scoring.decoding.pixels import psnr, ssim
from videeg_pipe.scoring.decoding.section import DecodedText, score_reconstructions

IDENTIFIED = [
    (name, space) for name in ("identify_all", "identify_within") for space in ("pixels", "vae")
]


@pytest.fixture(scope="module")
def test_set():
    return held_out()


@pytest.fixture(scope="module")
def levels(test_set):
    """Floors, and as ceiling true clips of 32 grey levels, in place of an autoencoder."""
    decoded = test_set.table["concept"].to_numpy()
    floors = measure_floors(TRAINING, LABELS, decoded, test_set, seed=1)
    coarse = pictures(test_set.true.frames // 8 * 8 + 4)
    return {"floors": floors, "ceilings": {"information": measure(coarse, test_set, 1).values}}


def section_of(frames, test_set, levels, **more):
    section, _ = score_reconstructions(
        pictures(frames), test_set, **levels, bootstrap=300, seed=1, **more
    )
    return to_json(section)


def scores(section):
    """All scores that have a skill, by name and part."""
    for name in section_scores("decoding").keys() & section.keys():
        if "skill" in section[name]:
            yield name, section[name]
        elif "value" not in section[name]:
            yield from ((f"{name}.{part}", of) for part, of in section[name].items())


def best_floor(score):
    floors = [floor["value"] for floor in score.get("floors", {}).values()]
    return max([*floors, score.get("chance", -np.inf)])


def test_true_clips_reach_the_ceiling_in_every_score(test_set, levels):
    section = section_of(test_set.true.frames, test_set, levels)
    found = dict(scores(section))
    assert len(found) == 10
    for name, score in found.items():
        assert score["value"] >= score["ceilings"]["information"]["value"] - 0.01, name
        assert score["skill"]["value"] >= 0.99, name
        assert score["value"] > best_floor(score), name
    assert section["ssim"]["value"] == section["identify_within"]["vae"]["value"] == 1
    assert section["nway_label"]["all"]["value"] > 0.95
    assert section["nway_label"]["all"]["p"] < 0.01
    assert section["diversity"]["value"] == section["diversity"]["ceilings"]["true"]["value"]


def test_the_mean_clip_has_good_ssim_and_is_exposed(test_set, levels):
    mean = np.rint(TRAINING.mean((0, 1))).astype(np.uint8)
    section = section_of(np.broadcast_to(mean, test_set.true.frames.shape), test_set, levels)
    sharp = lookup(test_set.table["concept"])
    assert section["ssim"]["value"] > ssim(sharp, test_set.true.frames).mean()
    assert section["psnr"]["value"] > psnr(sharp, test_set.true.frames).mean()
    assert section["ssim"]["skill"]["value"] <= 0
    assert section["psnr"]["skill"]["value"] <= 0
    for name, space in IDENTIFIED:
        assert section[name][space]["value"] == pytest.approx(0.5, abs=1e-9)
    assert section["nway_label"]["all"]["value"] == pytest.approx(1 / CONCEPTS, abs=1e-9)
    assert section["luminance_r"]["value"] == section["motion_r"]["value"] == 0
    assert section["diversity"]["value"] == section["concept_entropy"]["value"] == 0


def test_shuffled_reconstructions_are_at_the_floor_in_every_score(test_set, levels):
    section = section_of(test_set.true.frames[shuffled(test_set)], test_set, levels)
    for name, score in scores(section):
        assert score["low"] <= best_floor(score) + 0.02, name
        assert score["skill"]["low"] <= 0.05, name
    assert section["nway_label"]["all"]["p"] > 0.05
    diversity = section["diversity"]
    assert diversity["value"] == pytest.approx(diversity["ceilings"]["true"]["value"])


@pytest.mark.parametrize("same_in_run", [True, False])
def test_a_concept_is_not_enough_within_a_run(test_set, levels, same_in_run):
    concept = test_set.table["concept"].to_numpy()
    section = section_of(
        lookup(concept, same_in_run=same_in_run), test_set, levels, decoded=concept
    )
    assert section["nway_label"]["all"]["value"] > 0.9
    assert section["linear_top1"]["value"] == 1
    assert section["identify_all"]["pixels"]["low"] > 0.6
    within = section["identify_within"]["pixels"]
    if same_in_run:
        assert within["value"] == pytest.approx(0.5, abs=1e-9)
    assert within["low"] <= 0.5 <= within["high"]


def test_a_section_names_its_floors_counts_and_levels(test_set, levels):
    rng = np.random.default_rng(0)
    k, subject = CONCEPTS, test_set.table["subject"].factorize()[0]
    captions = rng.standard_normal((k, 20))
    codes = test_set.classifier.codes(test_set.table["concept"].to_numpy())
    section = section_of(
        test_set.true.frames,
        test_set,
        levels,
        text=DecodedText(captions[codes] + rng.standard_normal((len(codes), 20)) / 9, captions),
        encoded=rng.standard_normal((len(codes), 4)),
        recorded=rng.standard_normal((len(codes), 4)) + 5 * np.eye(4)[subject],
    )
    assert set(section) - {"by", "definitions"} <= set(section_scores("decoding"))
    assert section["definitions"] == definitions("decoding")
    ssim = section["ssim"]
    assert set(ssim["floors"]) == {"mean_frame", "concept_mean", "concept_clip", "other_clip"}
    assert (ssim["n_presentations"], ssim["n_runs"], ssim["n_people"]) == (60, 6, 2)
    assert ssim["drawn"] == "runs" and ssim["over_people"]["n_people"] == 2
    assert section["concept_top1"]["value"] == 1
    assert section["concept_top1"]["chance"] == pytest.approx(1 / k)
    probe = section["subject_probe"]
    assert probe["low"] <= probe["chance"] <= probe["high"] and probe["ceiling"]["value"] > 0.95
    assert set(section["by"]["position"]) == {"1", "2", "3", "4", "5"}
    assert set(section["by"]["frame"]) == {"1", "2", "3", "4", "5", "6"}
    assert set(section["by"]["subject"]["sub1"]) > {"ssim", "identify_within.vae"}


def test_published_metric_is_shown_with_its_chance_level(test_set, levels):
    """Classifiers that prefer the same classes for all clips, and reconstructions at random."""
    rng, n = np.random.default_rng(0), len(test_set.table)
    logits = 2 * rng.standard_normal((3, n, 60)) + 2 * rng.standard_normal(60)
    shown, made = ({"video": np.exp(of), "frames": np.exp(of)[:, None]} for of in logits[:2])
    test = replace(test_set, true=replace(test_set.true, classes=shown))
    answer = replace(pictures(lookup(test.table["concept"])), classes=made)
    section, _ = score_reconstructions(answer, test, floors={}, ceilings={}, bootstrap=50)
    found = to_json(section)["nway_mindvideo"]
    chance = {name: round(of["chance"], 3) for name, of in found.items()}
    assert chance == {
        "video_2": 0.75, "video_40": 0.071, "video_50": 0.058, "frames_2": 0.75, "frames_40": 0.071
    }  # fmt: skip
    for name in found:
        score, floors = found[name], found[name]["floors"]
        assert score["low"] > score["chance"], name  # without any information
        assert score["low"] < floors["other_clip"]["value"] < score["high"], name
        assert set(floors) == {"other_clip", "other_concept"}


def test_scores_do_not_depend_on_the_order_of_rows():
    test = held_out(people=("sub1",))
    order = np.random.default_rng(0).permutation(len(test.table))
    mixed = replace(test, table=test.table.iloc[order], true=test.true.take(order))
    frames = lookup(test.table["concept"])
    one, other = measure(pictures(frames), test, 1), measure(pictures(frames[order]), mixed, 1)
    for a, b in (
        (one.values, other.values),
        (one.floors["other_clip"], other.floors["other_clip"]),
    ):
        assert a.keys() == b.keys()
        for name in a:
            np.testing.assert_allclose(a[name][order], b[name], err_msg=name)
