"""What virtual calibration adds for a new person, beside rivals with the same minutes of EEG."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import EUCLIDEAN, OWN, REAL, GeneratedClips
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
    of generated EEG adds EEG of the person for all training clips to `own`.

    Args:
        decoder: Key of `DECODERS`.
        percent: Of each new person's training clips, the earliest.
        people: The new people.
        known: Known people, all of whose training clips are used.
        generated: Record of the new people's generated clips, by origin.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: the decoder's sections, `mapper`, seed and threads.
        out: Table of scores per way and presentation, as `score_augmented` writes.

    Raises:
        UserError: if there are no clips, generated ones are of others, or a loss is not finite.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, store = EegStore(index.parent), PictureStore(pictures)
    table = read_table(clips_cut, "clips_cut")
    of_known, own = (
        read_clips(training_share(table, *chosen), eeg, store)
        for chosen in ((known, 1), (people, percent / 100))
    )
    every = training_share(table, people, 1)
    tested = held_out_clips(table, people)
    test, targets = read_clips(tested, eeg, store), Targets.of(store)

    def fitted(clips: Clips, *generated: Clips) -> Decoder:
        layout = DecoderLayout.of(clips, eeg.channels, eeg.positions, eeg.sfreq)
        every = joined(clips, *generated)
        return fit_decoder(decoder, layout, every, config, 0, scaled_by=clips)

    def ways() -> Iterator[tuple[str, int, list[Decoder]]]:
        """Yield the decoders of each way, one for all people or one each."""
        base = fitted(of_known)
        yield REAL, 0, [base]
        yield EUCLIDEAN, 0, [_aligned(base, own.of(name), of_known, config) for name in people]
        both = joined(of_known, own)
        yield OWN, 0, [fitted(both)]
        for origin, manifest in generated.items():
            made = GeneratedClips(manifest)
            if not made.clips()["clip_id"].equals(every["clip_id"]):
                raise UserError(
                    str(manifest),
                    expected="EEG of the new people's training clips",
                    found="EEG of others",
                    next_step=make_again(str(manifest)),
                )
            clips = read_clips(every, eeg, store, made=made.eeg()[0])
            yield origin, 1, [fitted(both, clips)]

    scores = []
    for origin, multiple, decoders in ways():
        for number, one in enumerate(decoders):
            chosen = people if len(decoders) == 1 else [people[number]]
            rows = np.flatnonzero(tested["subject"].isin(chosen))
            place = tested.iloc[rows].reset_index(drop=True)
            found = score_decoder(one, test.take(rows), place, targets)
            scores.append(found.assign(origin=origin, multiple=multiple, seed=0))
    minutes = len(own) / len(people) * test.eeg.shape[2] / eeg.sfreq / 60  # per person
    joint = pd.concat(scores, ignore_index=True)
    write_parquet(out, joint.assign(decoder=decoder, share=percent, minutes=minutes))


def _aligned(decoder: Decoder, own: Clips, known: Clips, config: Mapping[str, Any]) -> Decoder:
    options = section(MapperOptions, config["mapper"])
    training = section(DecodersOptions, config["decoders"])
    seed = derive_seed(config["run"]["seed"], "adapt", str(own.subject[0]))
    return adapt(decoder, own, known, "euclidean", options, training, seed=seed)
