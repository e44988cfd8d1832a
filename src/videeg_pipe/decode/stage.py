"""Training of decoders, and their adaptation to new people."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.decode import Method
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.contracts.decoding import DecodingRow, decoder_record, list_folders
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_parquet
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.checkpoint import load_decoder, make_decoder, save_decoder
from videeg_pipe.models.decoders.clips import Clips, earliest
from videeg_pipe.models.decoders.files import read_clips, training_share
from videeg_pipe.models.decoders.mapper import adapt, variance_ratio
from videeg_pipe.models.decoders.registry import decoder_spec
from videeg_pipe.runtime.files import read_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly


def train_decoder(
    name: str,
    people: list[str],
    *,
    number: int,
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    record: Path,
) -> None:
    """Train a decoder on the training clips of some people, and write its folder.

    Args:
        name: Key of `DECODERS`.
        people: Whose clips are used.
        number: Number of the training; each has a seed of its own.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: the decoder's sections, seed and threads.
        record: `decoder.json`; weights and history lie beside it.

    Raises:
        UserError: if there are no training clips, or a loss stops being finite.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, table = EegStore(index.parent), read_table(clips_cut, "clips_cut")
    clips = training_clips(table, people, eeg, PictureStore(pictures))
    layout = DecoderLayout.of(clips, eeg.channels, eeg.positions, eeg.sfreq)
    own = {of: config[of] for of in decoder_spec(name).options}
    seed = derive_seed(config["run"]["seed"], "decode", name, str(number))
    decoder = make_decoder(name, layout, own, seed=seed).fit(clips, seed=seed)
    write_parquet(record.with_name("history.parquet"), pd.DataFrame(decoder.history))
    save_decoder(record.parent, name, decoder, own, {"minutes": minutes(clips, layout)})


def adapt_decoder(
    rows: list[DecodingRow],
    people: list[str],
    *,
    results: Path,
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    record: Path,
) -> None:
    """Adapt decoders of known people to the earliest training clips of each new person.

    Args:
        rows: Rows `new-p` of one decoder.
        people: The new people.
        results: Folder with the trained decoders, and of the new ones.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: `mapper`, `decoders`, seed and threads.
        record: List of the folders, written last.

    Raises:
        UserError: if a person is known, has no training clips, or a method does not fit.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, table = EegStore(index.parent), read_table(clips_cut, "clips_cut")
    store, done = PictureStore(pictures), {}
    options = section(MapperOptions, config["mapper"])
    training = section(DecodersOptions, config["decoders"])
    for row in progress(rows, "adapt decoders"):
        source = decoder_record(results, replace(row, protocol="new-0"), "")
        decoder, made = load_decoder(source.parent), read_record(source)
        known = training_clips(table, list(decoder.layout.subjects), eeg, store)
        for person in people:
            clips = earliest(training_clips(table, [person], eeg, store), row.percent / 100)
            seed = derive_seed(config["run"]["seed"], "adapt", str(row.seed), person)
            method = cast(Method, row.method)
            adapted = adapt(decoder, clips, known, method, options, training, seed=seed)
            path = decoder_record(results, row, person)
            facts = {
                "adapted": person,
                "minutes": minutes(clips, decoder.layout),
                "variance_ratio": variance_ratio(adapted, clips),
            }
            save_decoder(path.parent, made["name"], adapted, made["config"], facts)
            done[f"{row.name}/{person}"] = path
    list_folders(record, done)


def training_clips(
    table: pd.DataFrame, people: list[str], eeg: EegStore, pictures: PictureStore
) -> Clips:
    """Read the training clips of some people: no clip of validation or test."""
    return read_clips(training_share(table, people, 1), eeg, pictures)


def minutes(clips: Clips, layout: DecoderLayout) -> float:
    """Return the length of all clips together, in minutes."""
    return len(clips) * layout.n_samples / layout.sfreq / 60
