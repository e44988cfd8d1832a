"""Reconstructed clips of the rows of the table of decoders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.decoding import (
    DecodingRow,
    Group,
    Start,
    decoder_record,
    held_out_clips,
    list_folders,
    write_reconstruction,
)
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.models.decoders.checkpoint import load_decoder
from videeg_pipe.models.decoders.clips import Clips, Decoded
from videeg_pipe.models.decoders.eeg2video import dana_noise
from videeg_pipe.models.decoders.files import read_clips
from videeg_pipe.models.decoders.registry import OwnStart, decoder_spec
from videeg_pipe.models.pictures.drawing import ClipArtist, noise_of
from videeg_pipe.models.pictures.sampler import Start as SamplerStart
from videeg_pipe.runtime.files import read_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.threads import compute_reproducibly

_LATENTS: dict[str | None, SamplerStart | None] = {"raw": "raw", "no-latents": None}
"""What the sampler does with latents, where it does not noise them."""


def reconstruct(
    rows: list[DecodingRow],
    people: Mapping[Group, list[str]],
    *,
    results: Path,
    clips_cut: Path,
    index: Path,
    pictures: Path,
    config: Mapping[str, Any],
    record: Path,
) -> None:
    """Decode test clips and draw them, for all rows of one decoder.

    Args:
        rows: The rows.
        people: People of each group.
        results: Folder with the decoders, and of the reconstructions.
        clips_cut: The `clips_cut` table.
        index: `eeg/index.json`.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: seed, threads, clips per run and sampler.
        record: List of the rows' records, written last.

    Raises:
        UserError: if there are no test clips, or a file is missing or damaged.
    """
    compute_reproducibly(config["decode"]["threads"])
    store, done = PictureStore(pictures), {}
    artist = ClipArtist.load(store, section(PicturesOptions, config["pictures"]))
    for row in progress(rows, f"reconstruct {rows[0].decoder}"):
        spec, own = decoder_spec(row.variant_of or row.decoder), people[row.group]
        per_run = config["decode"]["clips_per_run"]
        table = held_out_clips(read_table(clips_cut, "clips_cut"), own, per_run)
        clips = read_clips(table, EegStore(index.parent), store)
        decoded, facts = decode(clips, {name: decoder_record(results, row, name) for name in own})
        latents = decoded.latents
        if spec.drawn:
            start = spec.own_start if row.start == "own" else row.start
            latents = draw(artist, decoded, table["clip_id"], config["run"]["seed"], start)
        arrays = {
            "frames": artist.frames(latents),
            "latents": latents,
            "texts": decoded.text.mean(1),
        }
        if decoded.concept is not None:
            arrays["concepts"] = decoded.concept
        facts |= {"row": row.facts(), "kind": spec.kind, "drawn": spec.drawn}
        done[row.name] = results / "reconstructions" / row.name / "reconstruction.json"
        write_reconstruction(done[row.name], arrays, table, facts)
    list_folders(record, done)


def decode(clips: Clips, decoders: Mapping[str, Path]) -> tuple[Decoded, dict[str, Any]]:
    """Decode each person's clips by their decoder.

    Args:
        clips: Test clips.
        decoders: `decoder.json` by person.

    Returns:
        Predictions in the order of the clips; and R² of text and latents, averaged over decoders,
        the concepts that numbers refer to, and of adapted decoders minutes of calibration per
        person and the mean variance of mapped EEG, over that of known people's.
    """
    parts: list[tuple[np.ndarray, Decoded]] = []
    scores: list[dict[str, float]] = []
    ratios: list[float] = []
    facts: dict[str, Any] = {"minutes": None}
    for path in dict.fromkeys(decoders.values()):
        people = [person for person, of in decoders.items() if of == path]
        rows = np.flatnonzero(np.isin(clips.subject, people))
        decoder, record, own = load_decoder(path.parent), read_record(path), clips.take(rows)
        found = decoder.predict(own.eeg, own.subject)
        parts.append((rows, found))
        scores.append(decoder.r_squared(found, own))
        facts["concepts"] = list(decoder.layout.concepts)
        if "adapted" in record:
            facts["minutes"] = record["minutes"]
            ratios.append(record["variance_ratio"])
    order = np.argsort(np.concatenate([rows for rows, _ in parts]), kind="stable")

    def joined(name: str) -> Any:
        values = [getattr(found, name) for _, found in parts]
        return None if values[0] is None else np.concatenate(values)[order]

    facts["variance_ratio"] = float(np.mean(ratios)) if ratios else None
    weights = [len(rows) for rows, _ in parts]
    facts["r_squared"] = {
        name: float(np.average([of[name] for of in scores], weights=weights)) for name in scores[0]
    }
    return Decoded(*map(joined, ("text", "latents", "fast", "concept"))), facts


def draw(
    artist: ClipArtist, decoded: Decoded, names: Any, seed: int, start: Start | OwnStart | None
) -> np.ndarray:
    """Return the latents of drawn clips, (n, F, 4, h, w).

    Args:
        artist: Models and sampler, the same for all decoders.
        decoded: Text and latents.
        names: (n,) name of each clip, from which its noise is drawn.
        seed: The run's seed.
        start: `shared`: from noised latents and a keyframe, made from the first latents and the
            text. `raw`: the latents replace the noise, as SAM-Net words it. `mixed-noise`:
            EEG2Video's noise, shared between frames, without keyframe. `no-keyframe`: from noised
            latents alone, as in DynaMind. `no-latents`: from noise alone, the keyframe too.
            `no-text`: the empty caption.
    """
    shape = decoded.latents.shape[1:]
    noise = noise_of(names, shape, seed)
    if start == "mixed-noise" and decoded.fast is not None:
        shared = noise_of(names, (1, *shape[1:]), seed + 1)
        parts = (torch.from_numpy(part) for part in (noise, shared, decoded.fast))
        noise = dana_noise(*parts).numpy()
    text = decoded.text
    if start == "no-text":
        text = np.broadcast_to(artist.empty.cpu().numpy(), text.shape)
    return artist.draw(
        text,
        decoded.latents,
        noise,
        start=_LATENTS.get(start, "noised"),
        make_keyframe=start not in ("mixed-noise", "no-keyframe"),
    )
