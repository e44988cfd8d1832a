"""SEED-DV's configuration of `decode`, planned on a folder with the names of the real files."""

import re

import pytest

from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import jobs, said
from videeg_pipe.config.seed_dv import SeedDvOptions
from videeg_pipe.models.decoders.registry import DECODERS

PEOPLE = [f"sub{number}" for number in range(1, 21)]


@pytest.fixture(scope="module")
def planned(clone, tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "SEED-DV"
    videos = SeedDvOptions().videos
    names = [f"EEG/{name}.npy" for name in (*PEOPLE, "sub1_session2")]
    names += [f"Video/{name}" for name in videos]
    names += [f"Video/BLIP-caption/{name.replace('.mp4', '.txt')}" for name in videos]
    for name in (*names, "Video/meta-info/All_video_label.npy"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    source = {"path": str(root)}
    write_config(clone / "place.yaml", source=source, run={"results": "results-planned"})
    overlays = ("--configfile", "config/seed-dv.yaml", "place.yaml")
    dry_run = run_snakemake(clone, "decode", "-n", *overlays)
    assert dry_run.returncode == 0, said(dry_run)
    return dry_run


def test_known_people_are_1_to_15_and_new_ones_16_to_20(planned):
    single = set(re.findall(r"decoders/sam-net/of-(sub\d+)/seed-0/decoder\.json", said(planned)))
    assert single == set(PEOPLE[:15])
    found = jobs(planned)
    assert found["preprocess"] == len(PEOPLE)
    assert found["train_decoder"] == len(DECODERS) * (1 + 15)
    assert found["adapt_decoder"] == 2  # SAM-Net and the floor beside it
    assert found["reconstruct"] == len(DECODERS)
    assert not set(found) & {"phantom_eeg", "phantom_videos", "train", "sample"}


def test_drawing_has_room_for_stable_diffusion_and_a_gpu(planned):
    blocks = re.split(r"^rule (\w+):\n", said(planned), flags=re.MULTILINE)
    resources = {
        name: re.search(r"^ +resources: (.*)$", block, re.MULTILINE)[1]
        for name, block in zip(blocks[1::2], blocks[2::2], strict=True)
        if name != "decode"
    }
    drawing = ("train_vae", "train_pictures", "reconstruct", "reconstruct_ceilings")
    for name in (*drawing, "score_decoding"):
        assert int(re.search(r"mem_mb=(\d+)", resources[name])[1]) >= 24000
        assert "gpu=1" in resources[name]
