"""Add one more person to a generator, from a recording of theirs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import frame_times, track_times, window_features
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.scales import windows_scale
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.generator.folder import GeneratorFolder
from videeg_pipe.generator.recording import Recording, read_recording
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.stimuli.person import Person

_LATEST_S = 1e9  # more than any recording lasts
_SAME_SHOWING_S = 1.0
_MOST = 2000  # windows; more are thinned out evenly


class _Windows(NamedTuple):
    """Windows of a person's recording, and what was seen in them."""

    starts: NDArray[np.intp]  # (n,) first samples
    clip: NDArray[np.float32]  # (n, F, 768); zero without stimulus
    track: NDArray[np.float32]  # (n, K, Tu); zero without stimulus


def adapted_folder(
    folder: GeneratorFolder,
    recording: Path,
    *,
    name: str,
    stimuli: Sequence[Path],
    onset_s: float | None,
    seed: int,
) -> GeneratorFolder:
    """Fit one more person; see `Generator.adapt` for arguments and errors.

    Returns:
        The content of a new folder, which is not written yet.
    """
    loaded = folder.loaded
    layout = loaded.layout
    if not loaded.generator.can_adapt:
        raise UserError(
            str(folder.path),
            expected="a generator that can add a person, such as spgn",
            found=f"{loaded.model['name']}, which cannot",
            next_step="use the generator of a run with another run.model",
        )
    _check_name(name, layout.subjects)
    if onset_s is not None and not abs(onset_s) < _LATEST_S:
        raise UserError(
            "onset", expected="a number of seconds", found=f"{onset_s:g}", next_step="correct it"
        )
    if onset_s is not None and not stimuli:
        raise UserError(
            "onset",
            expected="a stimulus that began then",
            found="no stimulus",
            next_step="name the stimulus (--stimulus), or leave the onset out",
        )
    compute_reproducibly(folder.sample.threads)
    recorded = read_recording(recording, layout, folder.record)
    if stimuli:
        parts = list(_seen(folder, recording, recorded, stimuli, onset_s))
    else:
        parts = list(_resting(folder, recorded))
    if not parts:
        raise UserError(
            str(recording),
            expected=f"at least one window of {layout.n_samples / layout.sfreq:g} s without pause "
            "or bad segment" + (" while the stimulus is shown" if stimuli else ""),
            found=f"none in {recorded.eeg.shape[1] / layout.sfreq:g} s",
            next_step="give a longer recording, or correct its annotations"
            + (" or the onset" if stimuli else ""),
        )
    windows = _joined(parts)
    n = len(windows.starts)
    T = layout.n_samples
    eeg = np.stack([recorded.eeg[:, start : start + T] for start in windows.starts])  # (n, C, T)
    scale_uv = windows_scale(eeg, folder.scales.measure, name, layout.channels)
    adapted = loaded.generator.adapt(
        torch.from_numpy(eeg / scale_uv[:, None]).float().to(loaded.device),
        _condition(folder, windows).to(loaded.device),
        name=name,
        rng=torch.Generator().manual_seed(derive_seed(seed, "adapt", name)),
        resting=not stimuli,
    )
    facts = {
        "windows": n,
        "seconds": n * T / layout.sfreq,
        "stimuli": [path.name for path in stimuli],
        "interpolated": recorded.interpolated,
    }
    record = folder.record
    return replace(
        folder,
        record=record
        | {
            "checkpoint_sha256": f"{record['checkpoint_sha256']}, adapted to {name}",
            "people": record["people"] | {name: None},
            "adapted": record.get("adapted", {}) | {name: facts},
        },
        loaded=replace(loaded, generator=adapted),
        scales=replace(
            folder.scales, scales=folder.scales.scales | {name: scale_uv.astype(np.float32)}
        ),
    )


def _joined(parts: Sequence[_Windows]) -> _Windows:
    """Concatenate windows; of very many, keep evenly spread ones."""
    step = -(-sum(len(part.starts) for part in parts) // _MOST)
    return _Windows(
        np.concatenate([part.starts for part in parts])[::step],
        np.concatenate([part.clip for part in parts])[::step],
        np.concatenate([part.track for part in parts])[::step],
    )


def _check_name(name: str, subjects: Sequence[str]) -> None:
    if not re.fullmatch(r"[\w.-]+", name) or name in subjects:
        raise UserError(
            "name",
            expected="a new name of letters, digits, dots, hyphens and underscores, beside "
            + listed(subjects),
            found=repr(name),
            next_step="choose another name",
        )


def _resting(folder: GeneratorFolder, recorded: Recording) -> Iterator[_Windows]:
    """Yield the adjacent windows of the whole recording, if there are any."""
    layout, config = folder.loaded.layout, folder.loaded.condition
    T, length_s = layout.n_samples, layout.n_samples / layout.sfreq
    starts = np.arange(0, recorded.eeg.shape[1] - T + 1, T)
    starts = starts[recorded.usable(starts, T)]
    n_frames = frame_times(np.zeros(1), config).shape[1]
    n_track = track_times(np.zeros(1), length_s, config).shape[1]
    if len(starts):
        clip = np.zeros((len(starts), n_frames, CLIP_WIDTH), np.float32)
        track = np.zeros((len(starts), len(TRACK_CHANNELS), n_track), np.float32)
        yield _Windows(starts, clip, track)


def _seen(
    folder: GeneratorFolder,
    path: Path,
    recorded: Recording,
    stimuli: Sequence[Path],
    onset_s: float | None,
) -> Iterator[_Windows]:
    """Yield the adjacent windows from each onset of each stimulus, if there are any."""
    layout, config = folder.loaded.layout, folder.loaded.condition
    T, length_s = layout.n_samples, layout.n_samples / layout.sfreq
    for stimulus in stimuli:
        onsets_s = _onsets(path, recorded, stimulus, onset_s, only=len(stimuli) == 1)
        features, duration_s = folder.measure(stimulus)
        offsets = np.arange(0, round(duration_s * layout.sfreq) - T + 1, T)
        for onset in onsets_s:
            first = round(onset * layout.sfreq)
            starts = first + offsets
            starts = starts[recorded.usable(starts, T)]
            if len(starts):
                times_s = (starts - first) / layout.sfreq
                seen = window_features(features, times_s, length_s, config)
                yield _Windows(starts, seen.clip, seen.track)


def _onsets(
    path: Path, recorded: Recording, stimulus: Path, onset_s: float | None, *, only: bool
) -> list[float]:
    """Return when a stimulus began: as given, or where annotations or events name its file.

    Both may name one showing: of marks within a second, the first counts.
    """
    if onset_s is not None and only:
        return [onset_s]
    name = re.compile(rf"(.*[\s/\\])?{re.escape(stimulus.stem)}({re.escape(stimulus.suffix)})?")
    found: list[float] = []
    for at, text in sorted(recorded.marks):
        if name.fullmatch(text.strip()) and not (found and at - found[-1] < _SAME_SHOWING_S):
            found.append(at)
    if not found or onset_s is not None:
        texts = list(dict.fromkeys(text for _, text in recorded.marks))
        raise UserError(
            str(path),
            expected=f"annotations that name {stimulus.name}"
            + (", or its onset in seconds" if only else ": an onset is for one stimulus alone"),
            found=listed(texts) or "no annotations, or a recording with pauses",
            next_step="name the annotation after the file, or give one stimulus with --onset",
        )
    return found


def _condition(folder: GeneratorFolder, windows: _Windows) -> Condition:
    """Return the conditions of windows of somebody of whom nothing is known."""
    layout, config = folder.loaded.layout, folder.loaded.condition
    n, S = len(windows.starts), len(layout.subjects)
    text = folder.encoder.tokens([Person().sentence], 1)  # (1, 77, 768)
    made = make_condition(windows.clip, text, windows.track, np.full(n, S), config, n_subjects=S)
    return replace(made, text=made.text.expand(n, -1, -1))  # one sentence in memory
