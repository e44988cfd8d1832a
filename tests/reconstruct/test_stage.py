"""Reconstructions: all test clips of the right people, from the decoder of each."""

import shutil

import numpy as np
import pytest
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from tests.decode.world import CONFIGURATION, KNOWN, NEW, ROWS
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.decoding import Reconstruction, listed_folders, true_rows
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.models.decoders.clips import Decoded
from videeg_pipe.models.pictures.drawing import ClipArtist
from videeg_pipe.models.pictures.folders import load_model
from videeg_pipe.models.pictures.vae import decode
from videeg_pipe.reconstruct.stage import draw
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def rows(reconstructed):
    """Reconstructions by name."""
    records = [reconstructed / "reconstructions" / f"{name}.json" for name in (*ROWS, "ceilings")]
    return {
        name: Reconstruction(path)
        for record in records
        for name, path in listed_folders(record).items()
    }


def test_every_row_has_all_test_clips_of_its_people(rows):
    for own in (row for of in ROWS.values() for row in of):
        made = rows[own.name]
        table, people = made.clips(), KNOWN if own.group == "known" else NEW
        assert table["subject"].drop_duplicates().tolist() == people
        assert set(table["split"]) == {"test"} and len(table) == 20 * len(people)
        assert made.array("frames").shape[0] == made.array("latents").shape[0] == len(table)
        assert made.array("frames").dtype == np.uint8
        assert made.record["row"] == own.facts()


def test_lookup_answers_with_training_clips_of_the_concept_it_names(rows, reconstructed):
    made, store = rows["lookup_cs"], PictureStore(reconstructed / "pictures")
    training = store.stimuli("train")
    named = np.array(made.record["concepts"])[made.array("concepts")]
    true = store.array("latents")[training.index]
    for latents, concept in zip(made.array("latents"), named, strict=True):
        errors = np.abs(true - latents).max((1, 2, 3, 4))
        assert training["concept"].iloc[errors.argmin()] == concept and errors.min() < 1e-3
    assert np.mean(named == made.clips()["concept"]) > 0.6


def test_the_mean_clip_is_the_same_whatever_the_eeg(rows):
    made = rows["mean-clip_cs"].array("frames")
    assert np.ptp(made, axis=0).max() == 0


def test_drawn_rows_share_decoded_text_and_noise_but_not_the_start(rows):
    shared, own = rows["sam-net_cs"], rows["sam-net_cs_own"]
    np.testing.assert_array_equal(shared.array("texts"), own.array("texts"))
    assert np.abs(shared.array("latents") - own.array("latents")).max() > 0.1


def test_clips_drawn_without_a_part_differ_from_whole_ones(rows):
    whole = rows["sam-net_cs"].array("latents")
    for start in ("no-latents", "no-text", "no-keyframe"):
        row = rows[f"sam-net_cs_{start}"]
        np.testing.assert_array_equal(row.array("texts"), rows["sam-net_cs"].array("texts"))
        assert np.abs(row.array("latents") - whole).max() > 1e-4, start


def test_without_text_or_latents_nothing_of_them_is_left(reconstructed, rows):
    store = PictureStore(reconstructed / "pictures")
    options = PicturesOptions(**CONFIGURATION["pictures"])
    artist = ClipArtist.load(store, options)
    names = rows["sam-net_cs"].clips()["clip_id"][:3]
    rng = np.random.default_rng(0)
    shape = (3, *rows["sam-net_cs"].array("latents").shape[1:])
    texts = [rng.standard_normal((3, *artist.empty.shape)).astype(np.float32) for _ in range(2)]
    latents = [rng.standard_normal(shape).astype(np.float32) for _ in range(2)]
    for start, changed in (("no-text", 0), ("no-latents", 1)):
        one = draw(artist, Decoded(texts[0], latents[0]), names, 1, start)
        mixed = [texts[0], latents[0]]
        mixed[changed] = (texts, latents)[changed][1]
        np.testing.assert_array_equal(one, draw(artist, Decoded(*mixed), names, 1, start))
        assert np.abs(one - draw(artist, Decoded(*mixed), names, 1, "shared")).max() > 1e-4


def test_an_adapted_row_states_its_minutes(rows):
    record = rows["sam-net_new-50_euclidean"].record
    assert record["minutes"] == pytest.approx(20 * 1.5 / 60)  # half of 40 clips of 1.5 s
    assert rows["sam-net_cs"].record["minutes"] is None


def test_the_codec_ceiling_is_the_true_clip_through_the_autoencoder(rows, reconstructed):
    store = PictureStore(reconstructed / "pictures")
    test = store.stimuli("test").index
    codec = rows["codec"]
    np.testing.assert_array_equal(codec.array("latents"), store.array("latents")[test])
    vae = load_model(store.root / "vae.json", "vae", AutoencoderKL)
    np.testing.assert_array_equal(codec.array("frames"), decode(vae, codec.array("latents")))
    assert "concepts" not in codec
    table = rows["lookup_cs"].clips()
    shown = store.stimuli().iloc[true_rows(table, store)]
    assert shown["stimulus_id"].tolist() == table["stimulus_id"].tolist()


def test_the_information_ceiling_knows_concept_and_brightness(rows, reconstructed):
    store = PictureStore(reconstructed / "pictures")
    train, test = (store.stimuli(name).index for name in ("train", "test"))
    texts = np.asarray(store.array("texts")).mean(1)
    error = np.square(rows["information"].array("texts") - texts[test]).sum()
    assert error < 0.1 * np.square(texts[train].mean(0) - texts[test]).sum()


def test_a_damaged_array_is_refused(rows, tmp_path):
    folder = tmp_path / "row"
    shutil.copytree(rows["lookup_cs"].manifest.parent, folder)
    with (folder / "latents.npy").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    with pytest.raises(UserError, match="a damaged file"):
        Reconstruction(folder / "reconstruction.json").array("latents")
