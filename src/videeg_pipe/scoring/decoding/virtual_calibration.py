"""What virtual calibration adds for a new person, beside rivals with the same minutes of EEG."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import (
    EUCLIDEAN,
    OWN,
    REAL,
    GeneratedClips,
    synthetic_people,
)
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_parquet
from videeg_pipe.models.decoders.base import Decoder, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips, joined
from videeg_pipe.models.decoders.files import read_clips, training_share
from videeg_pipe.models.decoders.mapper import adapt
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.scoring.decoding.augmentation import Targets, fit_decoder, score_decoder


def score_calibrated(
    decoder: str,
    percent: float,
    people: list[str],
    known: list[str],
    *,
    generated: Mapping[str, Path],
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    out: Path,
) -> None:
    """Train a decoder for new people in each way, and score it on their real test clips.

    `none` uses nothing of the person; `euclidean` and `own` use the person's clips; each origin
    of generated EEG adds EEG of the person for all training clips to `own`. With 0 percent, it adds
    EEG of synthetic people to `none`.

    Args:
        decoder: Key of `DECODERS`.
        percent: Of each new person's training clips, the earliest.
        people: The new people.
        known: Known people, all of whose training clips are used.
        generated: Record of the new people's generated clips, by origin.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: the decoder's sections, `mapper`, seeds and threads.
        out: Table of scores per way and presentation, as `score_augmented` writes.

    Raises:
        UserError: if there are no clips, generated ones are of others, or a loss is not finite.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, store = EegStore(index.parent), PictureStore(pictures)
    table = read_table(clips_cut, "clips_cut")
    training = Training.read(table, percent, people, known, generated, eeg, store)
    tested = held_out_clips(table, people)
    test, targets = read_clips(tested, eeg, store), Targets.of(store)
    scores = []
    for number in range(config["augment"]["seeds"]):
        for origin, multiple, decoders in ways(decoder, training, people, eeg, config, number):
            for name, one in decoders.items():
                rows = np.flatnonzero(tested["subject"] == name)
                place = tested.iloc[rows].reset_index(drop=True)
                found = score_decoder(one, test.take(rows), place, targets)
                scores.append(found.assign(origin=origin, multiple=multiple, seed=number))
    n_own = 0 if training.own is None else len(training.own)
    total = n_own * test.eeg.shape[2] / eeg.sfreq / 60
    minutes = {"minutes_total": total, "minutes_per_person": total / len(people)}
    joint = pd.concat(scores, ignore_index=True)
    write_parquet(out, joint.assign(decoder=decoder, share=percent, **minutes))


@dataclass(frozen=True)
class Training:
    """Clips that decoders for new people are trained with."""

    known: Clips  # all training clips of known people
    own: Clips | None  # the new people's earliest training clips
    generated: Mapping[str, Clips]  # EEG of the new or synthetic people, by origin

    @classmethod
    def read(
        cls,
        table: pd.DataFrame,
        percent: float,
        people: list[str],
        known: list[str],
        generated: Mapping[str, Path],
        eeg: EegStore,
        store: PictureStore,
    ) -> "Training":
        """Read them; arguments as in `score_calibrated`.

        Raises:
            UserError: if there are no clips, or generated ones are of others.
        """
        of_known = training_share(table, known, 1)
        every = training_share(table, people, 1) if percent else synthetic_people(of_known)
        whose = "the new people's training clips" if percent else "a synthetic person per known one"
        made = {}
        for origin, manifest in generated.items():
            of = GeneratedClips(manifest)
            if not of.clips()[["clip_id", "subject"]].equals(every[["clip_id", "subject"]]):
                raise UserError(
                    str(manifest),
                    expected=f"EEG of {whose}",
                    found="EEG of others",
                    next_step=make_again(str(manifest)),
                )
            made[origin] = read_clips(every, eeg, store, made=of.eeg()[0])
        own = training_share(table, people, percent / 100) if percent else None
        return cls(
            read_clips(of_known, eeg, store),
            None if own is None else read_clips(own, eeg, store),
            made,
        )


def ways(
    name: str,
    training: Training,
    people: list[str],
    eeg: EegStore,
    config: Mapping[str, Any],
    number: int,
) -> Iterator[tuple[str, int, dict[str, Decoder]]]:
    """Yield origin, multiple, and the decoder of each new person.

    Args:
        name: Key of `DECODERS`.
        training: What decoders are trained with.
        people: The new people.
        eeg: The recordings, for names, places and rate of the electrodes.
        config: As in `score_calibrated`.
        number: Number of the training.
    """

    def fitted(clips: Clips, *generated: Clips) -> Decoder:
        every = joined(clips, *generated)
        layout = DecoderLayout.of(every, eeg.channels, eeg.positions, eeg.sfreq)
        return fit_decoder(name, layout, every, config, number, scaled_by=clips)

    real, own = training.known, training.own
    base = fitted(real)
    yield REAL, 0, dict.fromkeys(people, base)
    if own is not None:
        yield EUCLIDEAN, 0, {of: _aligned(base, own.of(of), real, config) for of in people}
        real = joined(real, own)
        yield OWN, 0, dict.fromkeys(people, fitted(real))
    for origin, made in training.generated.items():
        yield origin, 1, dict.fromkeys(people, fitted(real, made))


def _aligned(decoder: Decoder, own: Clips, known: Clips, config: Mapping[str, Any]) -> Decoder:
    options = section(MapperOptions, config["mapper"])
    training = section(DecodersOptions, config["decoders"])
    seed = derive_seed(config["run"]["seed"], "adapt", str(own.subject[0]))
    return adapt(decoder, own, known, "euclidean", options, training, seed=seed)
