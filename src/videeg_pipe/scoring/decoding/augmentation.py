"""What generated EEG adds: decoders trained on real and generated clips, tested on real ones.

No clip is drawn: the scores are those of decoded text and latents. Every training set of a share
has the same real clips, seeds and gradient steps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.decoding import held_out_clips
from videeg_pipe.contracts.generated_clips import REAL, GeneratedClips
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_parquet
from videeg_pipe.models.decoders.base import Decoder, DecoderLayout
from videeg_pipe.models.decoders.checkpoint import make_decoder
from videeg_pipe.models.decoders.clips import Clips, Decoded, joined
from videeg_pipe.models.decoders.files import read_clips, training_share
from videeg_pipe.models.decoders.registry import decoder_spec
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.scoring.decoding import nway
from videeg_pipe.scoring.decoding.identify import identify

_PLACE = ["clip_id", "subject", "block", "run_id", "concept"]


def score_augmented(
    decoder: str,
    share: float,
    people: list[str],
    *,
    generated: Mapping[str, Path],
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    out: Path,
) -> None:
    """Train a decoder on each training set of a share, and score it on all real test clips.

    Args:
        decoder: Key of `DECODERS`.
        share: Percent of each person's training clips that are real, the earliest.
        people: Known people.
        generated: Record of the generated clips, by origin.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: the decoder's sections, seed, threads and `augment`.
        out: Table of scores per training set and presentation.

    Raises:
        UserError: if there are no clips, generated ones are of others, or a loss is not finite.
    """
    compute_reproducibly(config["decode"]["threads"])
    eeg, store = EegStore(index.parent), PictureStore(pictures)
    table = read_table(clips_cut, "clips_cut")
    real = read_clips(training_share(table, people, share / 100), eeg, store)
    tested = held_out_clips(table, people)
    test, targets = read_clips(tested, eeg, store), Targets.of(store)
    layout = DecoderLayout.of(real, eeg.channels, eeg.positions, eeg.sfreq)
    sets = list(_training_sets(config["augment"]["multiples"], generated, table, people, share))
    scores = []
    for origin, multiple, made in progress(sets, f"{decoder}: training sets", len(sets)):
        clips = with_generated(real, made[:multiple])
        for number in range(config["augment"]["seeds"]):
            fitted = fit_decoder(decoder, layout, clips, config, number, scaled_by=real)
            found = score_decoder(fitted, test, tested, targets)
            scores.append(found.assign(origin=origin, multiple=multiple, seed=number))
    total = len(real) * layout.n_samples / layout.sfreq / 60
    minutes = {"minutes_total": total, "minutes_per_person": total / len(people)}
    every = pd.concat(scores, ignore_index=True)
    write_parquet(out, every.assign(decoder=decoder, share=share, **minutes))


def fit_decoder(
    name: str,
    layout: DecoderLayout,
    clips: Clips,
    config: Mapping[str, Any],
    number: int,
    *,
    scaled_by: Clips,
) -> Decoder:
    """Train a decoder with the seed of `train_decoder`: with all real clips alone, it is the same.

    Args:
        name: Key of `DECODERS`.
        layout: Of the real clips.
        clips: Real clips, perhaps with generated ones.
        config: The decoder's sections and the run's seed.
        number: Number of the training.
        scaled_by: The real clips alone.
    """
    seed = derive_seed(config["run"]["seed"], "decode", name, str(number))
    own = {of: config[of] for of in decoder_spec(name).options}
    return make_decoder(name, layout, own, seed=seed).fit(clips, seed=seed, scaled_by=scaled_by)


def score_decoder(
    decoder: Decoder, test: Clips, table: pd.DataFrame, targets: "Targets"
) -> pd.DataFrame:
    """Return a decoder's scores of test clips, one row per presentation.

    Args:
        decoder: A fitted decoder.
        test: n test clips.
        table: Their rows of `clips_cut`, numbered from 0.
        targets: Means of the training stimuli.
    """
    parts = []
    for rows in table.groupby(["subject", "block"]).indices.values():  # few texts in memory
        one = test.take(np.asarray(rows))
        found = targets.scores(decoder.predict(one.eeg, one.subject), one)
        parts.append(table.iloc[rows][_PLACE].assign(**found))
    return pd.concat(parts, ignore_index=True)


def _training_sets(
    multiples: list[int],
    generated: Mapping[str, Path],
    table: pd.DataFrame,
    people: list[str],
    share: float,
) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
    """Yield origin, multiple and generated EEG (draws, n, C, T) of each training set."""
    yield REAL, 0, np.empty((0,), np.float32)
    expected = training_share(table, people, share / 100)["clip_id"]
    for origin, manifest in generated.items():
        made = GeneratedClips(manifest)
        if not made.clips()["clip_id"].equals(expected):
            raise UserError(
                str(manifest),
                expected=f"EEG of the earliest {share:g} % of the training clips",
                found="EEG of others",
                next_step=make_again(str(manifest)),
            )
        for multiple in multiples:
            yield origin, multiple, made.eeg()


def with_generated(real: Clips, made: NDArray[np.float32]) -> Clips:
    """Return real clips followed by generated EEG of the same clips.

    Args:
        real: n clips.
        made: (draws, n, C, T), microvolts.
    """
    return joined(real, *(replace(real, eeg=one) for one in made))


@dataclass(frozen=True)
class Targets:
    """What all training stimuli say about text and latents, whatever the share."""

    concepts: NDArray[np.str_]  # (K,)
    captions: NDArray[np.float32]  # (K, width), mean over tokens and clips of each concept
    text_mean: NDArray[np.float32]  # (tokens, width)
    latent_mean: NDArray[np.float32]  # (F, 4, h, w)

    @classmethod
    def of(cls, store: PictureStore) -> "Targets":
        """Compute them from the training split."""
        stimuli = store.stimuli("train")
        rows, shown = stimuli.index.to_numpy(), stimuli["concept"].to_numpy(str)
        text, concepts = store.array("texts")[rows], np.unique(shown)
        captions = np.stack([text[shown == name].mean((0, 1)) for name in concepts])
        return cls(concepts, captions, text.mean(0), store.array("latents")[rows].mean(0))

    def scores(self, decoded: Decoded, clips: Clips) -> dict[str, NDArray[np.float64]]:
        """Score the answers to one person's clips of one block, (n,) each.

        `text_error` and `latents_error` are mean squared errors; `text_spread` and
        `latents_spread` those of the training mean, so that their sums give R².
        """
        text, latents = clips.text[clips.clip], clips.latents[clips.clip]
        named = self.concepts[nway.nearest_caption(decoded.text.mean(1), self.captions)]
        among_all, within = identify(
            decoded.latents, latents, [np.arange(len(clips))], clips.run_id
        )
        return {
            "concept_top1": (named == clips.concept).astype(float),
            "identify_all": among_all,
            "identify_within": within,
            "text_error": _squared(decoded.text - text),
            "text_spread": _squared(self.text_mean - text),
            "latents_error": _squared(decoded.latents - latents),
            "latents_spread": _squared(self.latent_mean - latents),
        }


def _squared(difference: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.square(difference, dtype=np.float64).reshape(len(difference), -1).mean(1)
