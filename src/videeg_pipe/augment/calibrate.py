"""EEG of new people for all training clips, from a few minutes of theirs or from none.

From minutes: virtual calibration. From none: EEG of synthetic people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.augment.floors import mean_and_residual
from videeg_pipe.augment.generate import clip_batches, fill_rows
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generated_clips import (
    KNOWN_MEAN,
    GeneratedClips,
    synthetic_people,
    with_templates,
)
from videeg_pipe.contracts.scales import ChannelScales, subject_scale
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly


def calibrate_clips(
    origin: str,
    percent: float,
    people: list[str],
    known: list[str],
    *,
    inputs: Inputs,
    clips_cut: Path,
    config: Mapping[str, Any],
    manifest: Path,
) -> None:
    """Make EEG of new people for all their training clips, once, from their earliest ones.

    With 0 percent, nothing of the new people is used. Each known person is then the template of a
    synthetic one, who saw the same clips and has the template's scales and residual.

    Args:
        origin: `generator`: that of known people, adapted to the person; for a synthetic one, with
            the population's response. `known-mean`: the mean response of (other) known people to
            the clip plus Gaussian noise, with the cross-spectrum of what it leaves of the person's
            or template's clips.
        percent: Of each new person's training clips; nothing else of the person is used.
        people: The new people.
        known: Known people.
        inputs: `cut` of all people, `index`, `videos`, `texts`, and `model` and `normalisation`
            of the generator, which was trained on all training clips of known people.
        clips_cut: The `clips_cut` table.
        config: Slice of the configuration: seed, sampler and `normalisation`.
        manifest: `clips.json`, written last.

    Raises:
        UserError: if the generator cannot adapt or makes no continuous EEG.
    """
    compute_reproducibly(config["sample"]["threads"])
    table = read_table(clips_cut, "clips_cut")
    of_known = training_share(table, known, 1)
    if percent == 0:
        first, clips, scales = of_known, synthetic_people(of_known), inputs.normalisation()
    else:
        first = training_share(table, people, percent / 100)
        clips, scales = training_share(table, people, 1), _scales(first, inputs, config)
    if origin == KNOWN_MEAN:
        made = _known_mean(of_known, first, with_templates(clips), scales, inputs, config)
    elif percent == 0:
        made = _synthetic(with_templates(clips), scales, inputs, config)
    else:
        made = _adapted(first, clips, scales, inputs, config)
    shape = (1, len(clips), len(scales.population), int(clips["n_samples"].iloc[0]))
    by_person = progress(made, f"calibrate {origin}", clips["subject"].nunique())
    with GeneratedClips.fill(manifest, shape, clips) as eeg:
        fill_rows(eeg[0], np.arange(len(clips)), chain.from_iterable(by_person))


def _scales(first: pd.DataFrame, inputs: Inputs, config: Mapping[str, Any]) -> ChannelScales:
    """Return the scales of all people: new ones by their first clips."""
    store, measure = inputs.eeg(), config["normalisation"]["scale"]
    own = {
        str(name): subject_scale(store, rows, measure).astype(np.float32)
        for name, rows in _windows(first, inputs).groupby("subject")
    }
    return replace(inputs.normalisation(), scales=inputs.normalisation().scales | own)


def _windows(clips: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    windows = inputs.windows()
    return windows[windows["clip_id"].isin(clips["clip_id"])]


def _adapted(
    first: pd.DataFrame,
    clips: pd.DataFrame,
    scales: ChannelScales,
    inputs: Inputs,
    config: Mapping[str, Any],
) -> Iterator[Iterable[NDArray[np.float32]]]:
    """Yield each person's EEG from the adapted generator, in batches (b, C, T) in order."""
    loaded = load_checkpoint(inputs.path("model").parent)
    settings, windows = section(SampleOptions, config["sample"]), _windows(first, inputs)
    for person, own in clips.groupby("subject", sort=False):
        rows = windows[windows["subject"] == person].reset_index(drop=True)
        seed = derive_seed(config["run"]["seed"], "calibrate", str(person))
        x = torch.from_numpy(inputs.eeg().windows(rows) / scales.scale(rows["subject"]))
        condition = loaded.conditions(rows, inputs).batch(np.arange(len(rows))).to(loaded.device)
        rng = torch.Generator().manual_seed(seed)
        adapted = replace(
            loaded,
            generator=loaded.generator.adapt(
                x.to(loaded.device), condition, name=str(person), rng=rng
            ),
        )
        yield clip_batches(adapted, own, inputs, scales, settings, seed)


def _synthetic(
    clips: pd.DataFrame, scales: ChannelScales, inputs: Inputs, config: Mapping[str, Any]
) -> Iterator[Iterable[NDArray[np.float32]]]:
    """Yield the EEG of a synthetic person per template, in batches (b, C, T) in order."""
    loaded = load_checkpoint(inputs.path("model").parent)
    settings = section(SampleOptions, config["sample"])
    for person, own in clips.groupby("subject", sort=False):
        seed = derive_seed(config["run"]["seed"], "synthetic", str(person))
        yield clip_batches(loaded, own, inputs, scales, settings, seed, population_response=True)


def _known_mean(
    known: pd.DataFrame,
    first: pd.DataFrame,
    clips: pd.DataFrame,
    scales: ChannelScales,
    inputs: Inputs,
    config: Mapping[str, Any],
) -> Iterator[Iterable[NDArray[np.float32]]]:
    """Yield each person's EEG of the floor, in one batch.

    A clip that no other person saw has no response.
    """
    store = inputs.eeg()
    z = store.windows(known) / scales.scale(known["subject"])
    no_response = np.zeros_like(z[0])
    for person, own in clips.groupby("subject", sort=False):
        others = (known["subject"] != person).to_numpy()
        seen = known["stimulus_id"][others]
        mean = mean_and_residual(z[others], pd.factorize(seen)[0])[0]
        response_to = dict(zip(seen, mean, strict=True))
        calibration = first[first["subject"] == person]
        response = np.stack(
            [response_to.get(name, no_response) for name in calibration["stimulus_id"]]
        )
        rest = store.windows(calibration) / scales.scale(calibration["subject"]) - response
        _, C, T = rest.shape
        whitening, one = Whitening(1, C, T, store.sfreq), torch.zeros(len(rest), dtype=torch.long)
        whitening.fit(torch.from_numpy(rest), one)
        rng = torch.Generator().manual_seed(
            derive_seed(config["run"]["seed"], "calibrate", KNOWN_MEAN, str(person))
        )
        white = torch.randn(len(own), C, T, generator=rng)
        noise = whitening.inverse(white, torch.zeros(len(own), dtype=torch.long)).numpy()
        shown = np.stack([response_to.get(name, no_response) for name in own["stimulus_id"]])
        yield [((shown + noise) * scales.scale(own["subject"])).astype(np.float32)]
