"""Scores of all rows of the table of decoders, in one file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from numpy.typing import NDArray

from videeg_pipe.contracts.decoding import DecodingRow, Reconstruction, listed_folders, true_rows
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.scores import definitions, to_json
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_parquet
from videeg_pipe.models.decoders.features import course_and_covariance
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.models.pictures.folders import load_model
from videeg_pipe.models.pictures.vae import decode
from videeg_pipe.runtime.device import chosen_device
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.scoring.decoding.ablations import compare_with
from videeg_pipe.scoring.decoding.classifier import PictureClassifier, train_picture_classifier
from videeg_pipe.scoring.decoding.clips import HeldOut, Pictures
from videeg_pipe.scoring.decoding.compare import compare_decoders
from videeg_pipe.scoring.decoding.measure import Values, measure, measure_floors
from videeg_pipe.scoring.decoding.people import order_of_people, standardised
from videeg_pipe.scoring.decoding.resampling import Resampling, per_clip
from videeg_pipe.scoring.decoding.section import DecodedText, score_reconstructions

_LINEAR, _CSA = "lookup", "sam-net"
_BATCH = 32
_ORIGINS = {
    "ablations": attrgetter("whole"),
    "adaptations": attrgetter("unadapted"),
}
"""Rows that are compared with the row they derive from."""
_PLACE = [
    *("clip_id", "stimulus_id", "recording_id", "subject", "block", "run_id", "position"),
    "concept",
]


def score_decoding(
    *,
    rows: list[Path],
    ceilings: Path,
    index: Path,
    clips_cut: Path,
    pictures: Path,
    bootstrap: int,
    threads: int,
    seed: int,
    scores: Path,
    clips: Path,
) -> None:
    """Score all rows, group by group, and compare them with the linear decoder `lookup`.

    Ablations are compared with the whole decoder instead, and adapted rows also with the decoder
    before its adaptation.

    Args:
        rows: List of the rows of each decoder.
        ceilings: List of the ceilings.
        index: `eeg/index.json`.
        clips_cut: The `clips_cut` table.
        pictures: Folder of the `PictureStore`.
        bootstrap: Draws of intervals and permutations.
        threads: Threads of the autoencoder.
        seed: The run's seed.
        scores: `decoding.json`.
        clips: `decoding.parquet`, scores per row and presentation.

    Raises:
        UserError: if a file is missing or damaged, or test clips show unknown concepts.
    """
    compute_reproducibly(threads)
    store, store_of_eeg = PictureStore(pictures), EegStore(index.parent)
    training = _training(store)
    found: dict[str, Any] = {
        "rows": {},
        "comparisons": [],
        "ablations": [],
        "adaptations": [],
        "groups": {},
        "csa": None,
    }
    tables: list[pd.DataFrame] = []
    manifests = [path for record in rows for path in listed_folders(record).values()]
    made = [(DecodingRow(**_fields(row.record)), row) for row in map(Reconstruction, manifests)]
    ceiling_rows = {name: Reconstruction(path) for name, path in listed_folders(ceilings).items()}
    for group in dict.fromkeys(row.group for row, _ in made):
        members = {row: of for row, of in made if row.group == group}
        table = next(iter(members.values())).clips()
        test = _test_set(table, store, training.classifier)
        better = _measured(ceiling_rows, table, test, store, seed)
        eeg = standardised(store_of_eeg.windows(table), table["subject"].to_numpy())
        recorded = course_and_covariance(eeg, store_of_eeg.sfreq)
        values: dict[DecodingRow, Values] = {}
        floors: dict[DecodingRow, dict[str, Values]] = {}  # by row of the linear decoder
        for row, of in progress(members.items(), f"score {group} people", len(members)):
            _check(of, table)
            linear, texts = _linear_row(row, members), of.array("texts")
            decoded = _named(members[linear])
            if linear not in floors:
                clips_of = (training.frames, training.concepts)
                floors[linear] = measure_floors(*clips_of, decoded, test, seed)
            constant = not np.ptp(texts, axis=0).any()  # the mean clip
            section, values[row] = score_reconstructions(
                _pictures(of),
                test,
                floors=floors[linear],
                ceilings=better,
                text=DecodedText(texts, training.captions),
                decoded=decoded,
                encoded=None if constant else texts,
                recorded=recorded,
                bootstrap=bootstrap,
                seed=seed,
            )
            section.pop("definitions")
            found["rows"][row.name] = _row(row, of, table) | {"scores": section}
            columns = {name: per_clip(by_clip) for name, by_clip in values[row].items()}
            place = table[_PLACE].assign(row=row.name)
            tables.append(pd.concat([place, pd.DataFrame(columns)], axis=1))
        reference = _linear_row(next(iter(members)), members)
        found["groups"][group] = _counts(table) | {"linear": reference.name}
        resampling = Resampling(test.table, bootstrap, seed)
        rivals = {row.name: of for row, of in values.items() if row.whole is None}
        compared = compare_decoders(rivals, reference.name, resampling)
        compared = compared.assign(group=group, reference=reference.name)
        found["comparisons"] += _records(compared)
        for kind, origin in _ORIGINS.items():
            found[kind] += _records(compare_with(origin, values, resampling).assign(group=group))
    if any((row.variant_of or row.decoder) == _CSA for row, _ in made):
        found["csa"] = _order(read_table(clips_cut, "clips_cut"), found["groups"], store_of_eeg)
    found |= {"ceilings": list(ceiling_rows), "definitions": definitions("decoding")}
    write_parquet(clips, pd.concat(tables, ignore_index=True))
    write_record(scores, to_json(found))


@dataclass(frozen=True)
class _Training:
    """What the training stimuli give to all rows."""

    frames: NDArray[np.uint8]  # (m, F, H, W, 3)
    concepts: NDArray[np.str_]  # (m,)
    classifier: PictureClassifier
    captions: NDArray[np.float32]  # (K, width), mean over tokens and clips of each concept


def _training(store: PictureStore) -> _Training:
    stimuli = store.stimuli("train")
    rows, concepts = stimuli.index.to_numpy(), stimuli["concept"].to_numpy(str)
    frames = store.array("frames")[rows]
    classifier = train_picture_classifier(frames, concepts, _through_codec(store, rows))
    texts = store.array("texts")[rows].mean(1)  # (m, width)
    captions = np.stack([texts[concepts == name].mean(0) for name in classifier.concepts])
    return _Training(frames, concepts, classifier, captions)


def _through_codec(store: PictureStore, rows: NDArray[Any]) -> Iterator[NDArray[np.uint8]]:
    """Decode the latents of clips, batch by batch, on the first GPU if there is one."""
    vae, latents = load_model(store.root / "vae.json", "vae", AutoencoderKL), store.array("latents")
    vae = vae.to(chosen_device())
    for at in range(0, len(rows), _BATCH):
        yield decode(vae, latents[rows[at : at + _BATCH]])


def _test_set(table: pd.DataFrame, store: PictureStore, classifier: PictureClassifier) -> HeldOut:
    shown = true_rows(table, store)
    true = Pictures(store.array("frames")[shown], {"vae": store.array("latents")[shown]})
    return HeldOut(table[_PLACE], true, classifier)


def _measured(
    ceilings: Mapping[str, Reconstruction],
    table: pd.DataFrame,
    test: HeldOut,
    store: PictureStore,
    seed: int,
) -> dict[str, Values]:
    """Measure the ceilings, each stimulus once per person who saw it."""
    stimuli = pd.Index(store.stimuli("test")["stimulus_id"])
    shown = stimuli.get_indexer(table["stimulus_id"])
    return {
        name: measure(_pictures(of).take(shown), test, seed).values for name, of in ceilings.items()
    }


def _pictures(of: Reconstruction) -> Pictures:
    return Pictures(of.array("frames"), {"vae": of.array("latents")})


def _linear_row(row: DecodingRow, members: Mapping[DecodingRow, Reconstruction]) -> DecodingRow:
    """Return the row of the linear decoder with the same calibration, or without any."""
    linear = [of for of in members if of.decoder == _LINEAR]
    own = [of for of in linear if (of.percent, of.method) == (row.percent, row.method)]
    return (own or [of for of in linear if of.method is None])[0]


def _named(linear: Reconstruction) -> NDArray[np.str_]:
    """Return the concept that the linear decoder finds in the EEG of each presentation."""
    return np.array(linear.record["concepts"])[linear.array("concepts")]


def _order(table: pd.DataFrame, groups: Mapping[str, Any], eeg: EegStore) -> dict[str, Any] | None:
    return order_of_people(training_share(table, groups["known"]["people"], 1), eeg)


def _row(row: DecodingRow, of: Reconstruction, table: pd.DataFrame) -> dict[str, Any]:
    names = ("kind", "drawn", "minutes", "variance_ratio", "r_squared")
    return row.facts() | {name: of.record[name] for name in names} | _counts(table)


def _counts(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "people": table["subject"].drop_duplicates().tolist(),
        "n_presentations": len(table),
        "n_runs": int(table["run_id"].nunique()),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a comparison, with None instead of NaN."""
    named = table.rename(columns={"decoder": "row"})
    return [
        {
            str(key): None if isinstance(of, float) and np.isnan(of) else of
            for key, of in row.items()
        }
        for row in named.to_dict("records")
    ]


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record["row"].items() if name != "group"}


def _check(of: Reconstruction, table: pd.DataFrame) -> None:
    """Refuse a row whose clips are not those of its group."""
    if not of.clips()["clip_id"].equals(table["clip_id"]):
        raise UserError(
            str(of.manifest),
            expected="the test clips of the other rows of its group",
            found="others",
            next_step=make_again("reconstruct"),
        )
