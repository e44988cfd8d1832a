"""Generated EEG of whole clips, from a generator of shorter windows."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generated_clips import GeneratedClips, check_generator
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly


def generate_clips(
    share: float,
    people: list[str],
    *,
    inputs: Inputs,
    clips_cut: Path,
    config: Mapping[str, Any],
    manifest: Path,
) -> None:
    """Generate EEG of the share's clips, each as often as the largest multiple says.

    Args:
        share: Percent of each person's training clips, as the generator was trained with.
        people: The generator's people.
        inputs: `model` and `normalisation` of the share, `videos` and `texts`.
        clips_cut: The `clips_cut` table.
        config: Slice of the configuration: seed, sampler and `augment.multiples`.
        manifest: `clips.json`, written last.

    Raises:
        UserError: if the generator makes no continuous EEG, or values are not finite.
    """
    settings = section(SampleOptions, config["sample"])
    compute_reproducibly(settings.threads)
    loaded = load_checkpoint(inputs.path("model").parent)
    clips = training_share(read_table(clips_cut, "clips_cut"), people, share / 100)
    n_draws, n_samples = max(config["augment"]["multiples"]), int(clips["n_samples"].iloc[0])
    shape = (n_draws, len(clips), len(loaded.layout.channels), n_samples)
    facts = {"checkpoint_sha256": loaded.model["checkpoint_sha256"]}
    with GeneratedClips.fill(manifest, shape, clips, **facts) as eeg:
        for person in progress(people, "generate clips"):
            rows = np.flatnonzero(clips["subject"] == person)
            for draw in range(n_draws):
                seed = derive_seed(config["run"]["seed"], "augment", person, str(draw))
                made = clip_batches(
                    loaded, clips.iloc[rows], inputs, inputs.normalisation(), settings, seed
                )
                fill_rows(eeg[draw], rows, made)


def fill_rows(
    eeg: NDArray[np.float32], rows: NDArray[np.intp], batches: Iterable[NDArray[np.float32]]
) -> None:
    """Write batches of EEG, (b, C, T) each, one after another into some rows of (n, C, T)."""
    done = 0
    for batch in batches:
        eeg[rows[done : done + len(batch)]] = batch
        done += len(batch)


@torch.no_grad()
def clip_batches(
    loaded: LoadedGenerator,
    clips: pd.DataFrame,
    inputs: Inputs,
    scales: ChannelScales,
    settings: SampleOptions,
    seed: int,
    *,
    population_response: bool = False,
) -> Iterator[NDArray[np.float32]]:
    """Generate one person's EEG of some clips, a batch at a time.

    The windows of a clip overlap by half and are joined. Between clips lies a pause, so that their
    noise is independent.

    Args:
        loaded: The generator.
        clips: n rows of `clips_cut`, one person's, of one length.
        inputs: `videos` and `texts`.
        scales: Scales that the generator was trained with.
        settings: Sampler.
        seed: Of the noise.
        population_response: Whether the response is that of nobody in particular; description,
            residual and scales are the person's.

    Yields:
        EEG of the next b clips, (b, C, T), microvolts.

    Raises:
        UserError: if the generator makes no continuous EEG, or values are not finite.
    """
    generator, layout = loaded.generator, loaded.layout
    whitened = isinstance(generator, Spgn) and generator.coordinates.whitening is not None
    check_generator(loaded.model["name"], whitened)
    assert isinstance(generator, Spgn)
    person, n_samples = str(clips["subject"].iloc[0]), int(clips["n_samples"].iloc[0])
    offsets = window_offsets(n_samples, layout.n_samples)
    sampler = generator.continuous(layout.subject_index(person), seed)
    stride = offsets[-1] + 2 * layout.n_samples  # of clips in the noise
    size = max(1, settings.batch_size // len(offsets))
    for start in range(0, len(clips), size):
        part = clips.iloc[start : start + size]
        windows = windows_of(part, offsets, layout.n_samples, layout.sfreq)
        condition = loaded.conditions(windows, inputs).batch(np.arange(len(windows)))
        shown = condition = condition.to(loaded.device)
        if population_response:
            nobody = torch.full_like(condition.subject, len(layout.subjects))
            shown = replace(condition, subject=nobody)
        places = [stride * (start + clip) + at for clip in range(len(part)) for at in offsets]
        x = generator.conditional_mean(shown, settings)
        x = x + sampler.residual(places, condition, settings)
        by_clip = x.reshape(len(part), len(offsets), *x.shape[1:])  # (B, k, C, T)
        whole = joined(by_clip.cpu().numpy(), offsets, n_samples)
        eeg = whole * scales.scale(part["subject"])
        if not np.isfinite(eeg).all():
            raise UserError(
                f"generated EEG of {person}",
                expected="finite values",
                found="NaN or infinity",
                next_step="raise sample.steps, or train again with a lower train.learning_rate",
            )
        yield eeg.astype(np.float32)


def window_offsets(n_samples: int, length: int) -> list[int]:
    """Return the first samples of overlapping windows that cover a clip.

    Args:
        n_samples: Length of the clip; the last window may end after it.
        length: Samples per window.
    """
    hop = length // 2
    return [hop * place for place in range(1 + math.ceil(max(0, n_samples - length) / hop))]


def windows_of(clips: pd.DataFrame, offsets: list[int], length: int, sfreq: float) -> pd.DataFrame:
    """Return the windows of clips, one clip after another, with the columns of a condition."""
    repeated = clips.loc[clips.index.repeat(len(offsets)), ["subject", "video_id"]]
    later_s = np.tile(np.array(offsets) / sfreq, len(clips))
    start_s = clips["video_start_s"].to_numpy().repeat(len(offsets))
    return repeated.reset_index(drop=True).assign(video_time_s=start_s + later_s, n_samples=length)


def joined(windows: NDArray[np.float32], offsets: list[int], n_samples: int) -> NDArray[np.float32]:
    """Join overlapping windows, weighted by a squared sine: windows that agree keep their power.

    Args:
        windows: (n, k, C, T).
        offsets: k first samples; see `window_offsets`.
        n_samples: Samples to return.

    Returns:
        (n, C, n_samples).
    """
    n, _, C, T = windows.shape
    weight = np.sin(np.pi * (np.arange(T) + 0.5) / T) ** 2
    course, total = np.zeros((n, C, offsets[-1] + T)), np.zeros(offsets[-1] + T)
    for place, start in enumerate(offsets):
        course[..., start : start + T] += weight * windows[:, place]
        total[start : start + T] += weight
    return (course / total)[..., :n_samples].astype(np.float32)
