"""Frames and text of clips: the right pictures, once per part of a video."""

import shutil

import numpy as np
import pandas as pd
import pytest
from transformers import CLIPTextModel, CLIPTokenizer

from tests.drawn import numbered, read_number, write_video
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.tables import TABLES, read_table, write_table
from videeg_pipe.pictures.frames import store_frames
from videeg_pipe.pictures.texts import store_texts
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record
from videeg_pipe.stimuli.clip import ClipEncoder

STARTS_S = {"a": (0.5, 1.5), "b": (1.0,)}
CAPTIONS = {"a-c000": "a cat", "a-c001": None, "b-c000": "a dog that runs"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two videos of 3 s; two people saw their three clips of 1 s; three frames per clip."""
    root = tmp_path_factory.mktemp("frames")
    rows, videos = [], []
    for first, (video, starts_s) in zip((0, 100), STARTS_S.items(), strict=True):
        path = write_video(root / f"{video}.mp4", map(numbered, range(first, first + 72)))
        videos.append((video, str(path), 24.0, 64, 64, 3.0, "0" * 64, "CC0", True))
        for place, start_s in enumerate(starts_s):
            name = f"{video}-c{place:03d}"
            for subject in ("s1", "s2"):
                rows.append(
                    (
                        f"{subject}-{name}", subject, subject, 1, name, 1, 100, 200, name, video,
                        start_s, place, f"concept {place}", CAPTIONS[name], "train",
                    )
                )  # fmt: skip
    for name, table in (("clips_cut", rows), ("videos", videos)):
        frame = pd.DataFrame(table, columns=list(TABLES[name].columns))
        write_table(root / f"{name}.parquet", name, frame)
    store_frames(
        clips_cut=root / "clips_cut.parquet",
        videos=root / "videos.parquet",
        config=PicturesOptions(clip_s=1.0, frames=3, frame_rate=3.0, width=64, height=64),
        stimuli=root / "pictures" / "stimuli.parquet",
        manifest=root / "pictures" / "frames.json",
    )
    return root / "pictures"


def test_frames_are_those_on_screen_from_the_start_of_each_clip(stored):
    store = PictureStore(stored)
    frames = store.array("frames")
    assert frames.shape == (3, 3, 64, 64, 3) and frames.dtype == np.uint8
    assert store.stimuli()["stimulus_id"].tolist() == list(CAPTIONS)
    numbers = [[read_number(frame) for frame in clip] for clip in frames]
    assert numbers == [[12, 20, 28], [36, 44, 52], [124, 132, 140]]


def test_a_clip_without_a_caption_has_the_name_of_its_concept(stored):
    assert read_table(stored / "stimuli.parquet", "stimuli")["caption"].tolist() == [
        "a cat", "concept 1", "a dog that runs",
    ]  # fmt: skip


def test_texts_are_the_hidden_states_of_the_captions(stored, untrained):
    store_texts(
        stimuli=stored / "stimuli.parquet",
        clip_model=untrained,
        embed=EmbedOptions(dtype="float32"),
        tokens=40,
        manifest=stored / "texts.json",
    )
    store, encoder = PictureStore(stored), ClipEncoder(untrained)
    texts, empty = store.array("texts"), store.array("empty", record="texts")
    assert texts.shape == (3, 40, 768) and empty.shape == (40, 768)
    expected = encoder.tokens(["a cat", "concept 1", "a dog that runs", ""], 4)[:, :40]
    np.testing.assert_allclose(texts, expected[:3], atol=1e-4)
    np.testing.assert_allclose(empty, expected[3], atol=1e-4)


def test_padding_of_a_trained_clip_is_that_of_stable_diffusion(stored, tmp_path, local):
    """Its pipelines give the text encoder no mask; then padding attends to padding."""
    shutil.copy(stored / "stimuli.parquet", tmp_path)
    store_texts(
        stimuli=tmp_path / "stimuli.parquet",
        clip_model=local,
        embed=EmbedOptions(dtype="float32"),
        tokens=77,
        manifest=tmp_path / "texts.json",
    )
    folder = local.parent / read_record(local)["folder"]
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    ids = tokenizer(["a cat", ""], padding="max_length", max_length=77, return_tensors="pt")
    expected = CLIPTextModel.from_pretrained(folder)(ids["input_ids"]).last_hidden_state
    store = PictureStore(tmp_path)
    made = store.array("texts")[0], store.array("empty", record="texts")
    np.testing.assert_allclose(np.stack(made), expected.detach(), atol=1e-4)
    masked = ClipEncoder(local).tokens(["a cat"], 1)[0]
    assert np.abs(masked[:5] - made[0][:5]).max() < 1e-4 < np.abs(masked[5:] - made[0][5:]).max()


def test_changed_frames_are_refused(stored, tmp_path):
    for name in ("frames.json", "frames.npy"):
        (tmp_path / name).write_bytes((stored / name).read_bytes())
    (tmp_path / "frames.npy").write_bytes((stored / "frames.npy").read_bytes()[:-1] + b"\1")
    with pytest.raises(UserError, match=r"frames\.npy.*frames\.json"):
        PictureStore(tmp_path).array("frames")
