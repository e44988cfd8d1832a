"""The target `decode`: its smallest profile from nothing, and what reruns after edits."""

from subprocess import CompletedProcess

import pandas as pd
import pytest

from tests.workflow.clone import DECODE_TINY, run_snakemake, write_config
from tests.workflow.test_commands import jobs, said
from videeg_pipe.contracts.generated_clips import ORIGINS
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.runtime.files import read_record

pytestmark = pytest.mark.slow

PROFILE = ("--configfile", *DECODE_TINY)
SCORED = {"score_decoding", "report_decoding"}
DRAWN = {"reconstruct", "reconstruct_ceilings", "pack_decoder"} | SCORED
COMPARED = {"compare_augmented", "compare_calibrated"}
CALIBRATED = {"calibrate_clips", "score_calibrated", "compare_calibrated"}
AUGMENTED = {"score_augmented", "compare_augmented"}
DECODED = {"train_decoder", "adapt_decoder", "reconstruct", "pack_decoder"} | SCORED
ALL = DECODED | DRAWN


@pytest.fixture(scope="module")
def augmented(decoded):
    """The same clone after a run of `augment`, and what that printed."""
    done = run_snakemake(decoded, "augment", *PROFILE)
    assert done.returncode == 0, said(done)
    return decoded, done


def planned(clone, target="decode", **edit):
    """Return the rules that would run with other options."""
    write_config(clone / "edit.yaml", **edit)
    dry_run = run_snakemake(clone, target, "-n", *PROFILE, "edit.yaml")
    assert dry_run.returncode == 0, said(dry_run)
    return set() if "Nothing to be done" in said(dry_run) else set(jobs(dry_run)) - {target}


def test_the_run_ends_with_scores_of_all_rows(decoded):
    printed = (decoded / "printed.txt").read_text(encoding="utf-8")
    ran = jobs(CompletedProcess((), 0, printed, ""))
    assert not set(ran) & {"train", "graphs", "embed_videos", "sample"}
    results = decoded / "results-decode-tiny"
    scores = read_record(results / "evaluation" / "decoding.json")
    floors = {"lookup", "ridge", "mean-clip", "shuffled"}
    decoders = floors | {"sam-net", "eeg2video", "dynamind", "mindcross"}
    for protocol in ("cs", "ss", "new-0"):
        rows = {name for name in scores["rows"] if name.endswith(f"_{protocol}")}
        variants = {"no-csa"} if protocol == "cs" else set()
        assert rows == {f"{name}_{protocol}" for name in decoders | variants}
    assert "sam-net_cs_no-text" in scores["rows"]
    own = {name for name in scores["rows"] if name.endswith("_own")}
    assert own == {f"{name}_cs_own" for name in ("sam-net", "eeg2video", "dynamind")}
    adapted = {name for name in scores["rows"] if "_new-15_" in name}
    methods = ("euclidean", "new2source")
    assert adapted == {
        f"{name}_new-15_{of}" for name in ("lookup", "sam-net") for of in methods
    } | {"sam-net_new-15_heads"}
    assert scores["groups"]["known"]["people"] == ["sub1"]
    assert scores["groups"]["new"]["people"] == ["sub2"]
    assert set(scores["ceilings"]) == {"codec", "generator", "information"}
    clips = read_parquet(results / "evaluation" / "decoding.parquet")
    assert set(clips["row"]) == set(scores["rows"])
    assert (results / "decoder" / "playback.json").is_file()
    assert "lookup_cs" in (results / "report" / "decoding.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({}, set()),
        ({"decode": {"bootstrap": 51}}, SCORED),
        ({"pictures": {"guidance": 3.0}}, {"train_pictures"} | DRAWN),
        ({"decoders": {"steps": 6}}, DECODED),
        ({"mindcross": {"top": 2}}, DECODED - {"adapt_decoder", "pack_decoder"}),
        ({"sam_net": {"adversary": 0.2}}, DECODED),
        ({"mapper": {"steps": 6}}, {"adapt_decoder", "reconstruct"} | SCORED),
        ({"decode": {"calibration": [30]}}, {"adapt_decoder", "reconstruct"} | SCORED),
        ({"eeg2video": {"native": True}}, {"train_decoder", "reconstruct"} | SCORED),
        ({"dynamind": {"patch": 60}}, {"train_decoder", "reconstruct"} | SCORED),
        ({"pictures": {"vae": {"model": "elsewhere"}}}, {"train_vae", "train_pictures"} | ALL),
        ({"pictures": {"motion": {"model": "elsewhere"}}}, {"train_pictures"} | DRAWN),
        ({"decode": {"own_start": False}}, {"reconstruct"} | SCORED),
        ({"decode": {"clips_per_run": 1}}, {"reconstruct"} | SCORED),
        ({"spgn": {"hidden": 32}}, set()),
    ],
    ids=lambda part: str(sorted(part) if isinstance(part, set) else part),  # sets have no order
)
def test_option(decoded, edit, expected):
    assert planned(decoded, **edit) == expected


def test_an_edit_of_one_decoder_trains_no_other(decoded):
    file = decoded / "src" / "videeg_pipe" / "models" / "decoders" / "mindcross.py"
    text = file.read_text()
    try:
        file.write_text(text + "\n# edited\n")
        write_config(decoded / "edit.yaml")
        dry_run = run_snakemake(decoded, "decode", "-n", *PROFILE, "edit.yaml")
    finally:
        file.write_text(text)
    planned_jobs = jobs(dry_run)
    assert planned_jobs["train_decoder"] == 2  # known people, and one person
    assert planned_jobs["reconstruct"] == 1
    assert "train_pictures" not in planned_jobs


@pytest.mark.nightly
def test_curves_have_every_training_set(augmented):
    clone, done = augmented
    assert not set(jobs(done)) & {"train_decoder", "reconstruct", "train_pictures"}
    table = pd.read_csv(clone / "results-decode-tiny" / "evaluation" / "augmentation.csv")
    sets = table[["decoder", "share", "origin", "multiple"]].drop_duplicates()
    origins = [("none", 0), *((origin, 1) for origin in ORIGINS)]
    assert set(sets.itertuples(index=False, name=None)) == {
        (decoder, 50, *of) for decoder in ("lookup", "sam-net") for of in origins
    }
    assert set(table["n_people"]) == {1}
    table = pd.read_csv(clone / "results-decode-tiny" / "evaluation" / "virtual_calibration.csv")
    origins = table.groupby("share")["origin"].agg(set).to_dict()
    without = {"none", "generator", "known-mean"}  # nothing of the new people is known
    assert origins == {0: without, 15: without | {"euclidean", "own"}}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({}, set()),
        ({"decode": {"bootstrap": 51}}, COMPARED),
        (
            {"augment": {"shares": [100]}},
            AUGMENTED | COMPARED | {"generate_clips", "draw_floor"},
        ),
        ({"augment": {"seeds": 2}}, AUGMENTED | CALIBRATED - {"calibrate_clips"}),
        ({"augment": {"multiples": [2]}}, AUGMENTED | {"generate_clips", "draw_floor"}),
        ({"augment": {"calibration": [30]}}, CALIBRATED | COMPARED),
        ({"sample": {"steps": 3}}, AUGMENTED | CALIBRATED | {"generate_clips"}),
        (
            {"train": {"epochs": 2}},
            AUGMENTED | CALIBRATED | {"generate_clips", "train_on_share"},
        ),
        ({"mapper": {"steps": 6}}, CALIBRATED - {"calibrate_clips"}),
    ],
    ids=lambda part: str(sorted(part) if isinstance(part, set) else part),
)
def test_option_of_the_curves(augmented, edit, expected):
    assert planned(augmented[0], "augment", **edit) == expected


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ({"run": {"model": "ridge"}}, "found ridge"),
        ({"spgn": {"whitening": False}}, "found spgn without spgn.whitening"),
    ],
)
def test_generators_of_single_windows_are_refused_before_training(clone, edit, found):
    write_config(clone / "edit.yaml", **edit)
    assert run_snakemake(clone, "decode", "-n", *PROFILE, "edit.yaml").returncode == 0
    refused = run_snakemake(clone, "augment", "-n", *PROFILE, "edit.yaml")
    assert refused.returncode == 1
    assert f"expected spgn with spgn.whitening, whose windows can be joined to clips; {found}" in (
        said(refused)
    )


def test_too_many_new_people_are_refused(clone):
    write_config(clone / "edit.yaml", decode={"new_people": 2})
    refused = run_snakemake(clone, "decode", "-n", *PROFILE, "edit.yaml")
    assert refused.returncode == 1
    assert "expected one known person or more, among 2 people; found 2 new" in said(refused)
