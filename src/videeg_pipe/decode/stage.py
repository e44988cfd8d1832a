"""Training of one decoder, and its adaptation to one new person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.decode import Method
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_parquet
from videeg_pipe.models.decoders.base import DecoderLayout
from videeg_pipe.models.decoders.checkpoint import load_decoder, make_decoder, save_decoder
from videeg_pipe.models.decoders.clips import Clips, earliest
from videeg_pipe.models.decoders.files import read_clips
from videeg_pipe.models.decoders.mapper import adapt
from videeg_pipe.models.decoders.registry import decoder_spec
from videeg_pipe.runtime.files import read_record
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
    subject: str,
    *,
    method: Method,
    percent: float,
    known: Path,
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    record: Path,
) -> None:
    """Adapt a decoder to the earliest training clips of a new person, and write its folder.

    Args:
        subject: The new person.
        method: See `models/decoders/mapper.py`.
        percent: Share of the person's training clips, percent.
        known: `decoder.json` of the decoder of known people.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: `mapper`, `decoders`, seed and threads.
        record: `decoder.json` of the adapted decoder.

    Raises:
        UserError: if the person is known, has no training clips, or the method does not fit.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, table = EegStore(index.parent), read_table(clips_cut, "clips_cut")
    decoder, store = load_decoder(known.parent), PictureStore(pictures)
    calibration = earliest(training_clips(table, [subject], eeg, store), percent / 100)
    adapted = adapt(
        decoder,
        calibration,
        training_clips(table, list(decoder.layout.subjects), eeg, store),
        method,
        section(MapperOptions, config["mapper"]),
        section(DecodersOptions, config["decoders"]),
        seed=derive_seed(config["run"]["seed"], "adapt", subject),
    )
    made = read_record(known)
    facts = {"adapted": subject, "method": method, "minutes": minutes(calibration, decoder.layout)}
    save_decoder(record.parent, made["name"], adapted, made["config"], facts)


def training_clips(
    table: pd.DataFrame, people: list[str], eeg: EegStore, pictures: PictureStore
) -> Clips:
    """Read the training clips of some people: no clip of validation or test."""
    rows = table[(table["split"] == "train") & table["subject"].isin(people)]
    return read_clips(rows.reset_index(drop=True), eeg, pictures)


def minutes(clips: Clips, layout: DecoderLayout) -> float:
    """Return the length of all clips together, in minutes."""
    return len(clips) * layout.n_samples / layout.sfreq / 60
