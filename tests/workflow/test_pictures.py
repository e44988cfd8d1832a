"""The target `pictures`: a tiny run from nothing, and what reruns after edits of its options."""

import pytest

from tests.workflow.clone import run_snakemake, tiny, write_config
from tests.workflow.test_commands import jobs, said
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.files import read_record

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SHORT = {"steps": 2, "batch_size": 2}
PICTURES = {
    "frames": 2, "width": 32, "height": 32, "tokens": 32, "vae_widths": [8, 16],
    "unet_widths": [8, 16], "vae_training": SHORT, "unet_training": SHORT,
    "motion_training": SHORT, "control_training": SHORT, "steps": 2, "ceiling_clips": 1,
    "threads": 1,
}  # fmt: skip


def planned(clone, **changes):
    """Return the rules that would run with other options of the pictures."""
    edit = write_config(clone / "edit.yaml", pictures=PICTURES | changes)
    dry_run = run_snakemake(clone, "pictures", "-n", "--configfile", "pictures.yaml", edit.name)
    assert dry_run.returncode == 0, said(dry_run)
    return set() if "Nothing to be done" in said(dry_run) else set(jobs(dry_run)) - {"pictures"}


def test_pictures_from_nothing(clone):
    sections = tiny(
        phantom={"captions": "clip", "lateral": 0.5},
        embed={"captions": True},
        run={"results": "results-pictures"},
        pictures=PICTURES,
    )
    write_config(clone / "pictures.yaml", **sections)
    done = run_snakemake(clone, "pictures", "--configfile", "pictures.yaml")
    assert done.returncode == 0, said(done)
    ran = set(jobs(done))
    assert {"cut_clips", "picture_frames", "picture_texts", "train_vae", "train_pictures"} <= ran
    assert not ran & {"train", "graphs", "embed_videos", "sample"}
    results = clone / "results-pictures"
    clips = read_table(results / "clips_cut.parquet", "clips_cut")
    assert len(clips) == 2 * 3 * 3 * 2 and set(clips["position"]) == {1, 2}
    store = PictureStore(results / "pictures")
    assert store.array("frames").shape == (18, 2, 32, 32, 3)
    assert store.array("texts").shape == (18, 32, 768)
    assert store.array("latents").shape == (18, 2, 4, 16, 16)
    assert read_record(results / "pictures" / "texts.json")["longest_caption"] <= 32
    assert set(read_record(results / "pictures" / "generator.json")["models"]) == {
        "unet", "motion", "control",
    }  # fmt: skip

    assert planned(clone) == set()
    assert planned(clone, guidance=2.0) == {"train_pictures"}
    assert planned(clone, vae_training={"steps": 3}) == {"train_vae", "train_pictures"}
    assert planned(clone, tokens=30) == {"picture_texts", "train_pictures"}
    everything = {"picture_frames", "picture_texts", "train_vae", "train_pictures"}
    assert planned(clone, width=40) == everything
    assert planned(clone, clip_s=1.5) == everything | {"cut_clips"}
