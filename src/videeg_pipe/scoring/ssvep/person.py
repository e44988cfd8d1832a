"""Decoders of a flicker for one person whom neither generator nor decoder saw.

The same decoder is trained on generated EEG, on other people's real EEG and on some of the person's
own trials, and tested on the person's real test windows, trial by trial. The person's scale per
channel is that of their unlabelled training windows, and features are centred per person, on all
test windows without their labels: both need recordings of the person, but no calibration.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.ssvep import SsvepOptions
from videeg_pipe.contracts.stores import ListedFiles, VideoFeatures
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment.steady_state import snr_parts
from videeg_pipe.scoring.draws import sample_windows
from videeg_pipe.scoring.scoring_data import SPLIT, phases_known
from videeg_pipe.scoring.ssvep.decoders import DECODERS
from videeg_pipe.scoring.ssvep.filter_bank import harmonics
from videeg_pipe.scoring.ssvep.trials import trial_decisions
from videeg_pipe.stimuli.tags import tagged_hz

logger = logging.getLogger(__name__)

_HARMONICS = 3
_NEEDS_PHASE = {"trca"}
"""Decoders that average the waveforms of a stimulus."""
_IN_PHASE_CYCLES = 0.05  # 18 degrees, which a mean of windows hardly weakens


@dataclass(frozen=True)
class Labelled:
    """Windows with the stimulus that the person looked at."""

    x: NDArray[np.floating]  # (n, C, T), divided by a scale per person and channel
    windows: pd.DataFrame  # n rows of the `cut` table
    people: NDArray[np.str_]  # (n,) whose windows are centred together; generated ones apart

    @property
    def labels(self) -> NDArray[np.str_]:
        """Stimulus of each window, (n,)."""
        return self.windows["video_id"].to_numpy(str)

    def take(self, rows: NDArray[np.intp]) -> "Labelled":
        """Return some of the windows."""
        windows = self.windows.iloc[rows].reset_index(drop=True)
        return Labelled(self.x[rows], windows, self.people[rows])

    def joined(self, other: "Labelled") -> "Labelled":
        """Return both."""
        windows = pd.concat([self.windows, other.windows], ignore_index=True)
        people = np.concatenate([self.people, other.people])
        return Labelled(np.concatenate([self.x, other.x]), windows, people)


def score_ssvep(subject: str, *, inputs: Inputs, config: Mapping[str, Any], scores: Path) -> None:
    """Score decoders of the stimulus for one person, by what they were trained on.

    The file holds `rows`, one per decoder and training set: `windows`, their number, and `correct`,
    per test trial the share of choices with the right answer; `chance`, the largest share of a
    stimulus; and `snr`, one row per flicker: the SNR at its frequency and harmonics in real and in
    generated windows.

    Args:
        subject: The person.
        inputs: Cut, normalisation, features and recordings, and a `checkpoint_without` the person.
        config: The rule's part: run.seed, sample, preprocess.h_freq and ssvep.
        scores: Output.

    Raises:
        UserError: if no stimulus flickers, or the person has no windows to train or to test with.
    """
    settings = section(SampleOptions, config["sample"])
    options = section(SsvepOptions, config["ssvep"])
    seed = derive_seed(config["run"]["seed"], "ssvep", subject)
    torch.set_num_threads(settings.threads)
    loaded = load_checkpoint(inputs.path("checkpoint_without").parent)
    training, test = inputs.windows("train"), inputs.windows(SPLIT)
    others = training[training["subject"].isin(loaded.layout.subjects)].reset_index(drop=True)
    # decoders have no validation: its windows are training windows here
    own = _of(subject, pd.concat([training, inputs.windows("validation")]))
    test = _of(subject, test)
    _check_windows(subject, own, test)
    every = pd.concat([others, own, test])
    tags = _tags(every["video_id"], inputs)
    real_own, real_others, real_test = (_real(of, inputs) for of in (own, others, test))
    sets = {
        "generated": _generated(others, loaded, inputs, settings, seed),
        "generated-new": _generated(own, loaded, inputs, settings, seed),
        "others": real_others,
    }
    in_phase = windows_in_phase(every, tags)
    names = [name for name in DECODERS if name not in _NEEDS_PHASE or in_phase]
    highest, sfreq = float(config["preprocess"]["h_freq"]), inputs.eeg().sfreq
    rows = []
    for training_set, choices in _training_sets(sets, real_own, options, seed):
        for name in names:
            right = [_correct(name, one, real_test, tags, highest, sfreq) for one in choices]
            correct = np.mean(right, axis=0).tolist()
            row = {"decoder": name, "training": training_set, "correct": correct}
            rows.append(row | {"windows": len(choices[0].x)})
    shares = test.drop_duplicates("clip_id")["video_id"].value_counts(normalize=True)
    snr = _snr(real_test, sets["generated-new"], tags, highest, sfreq)
    write_json(scores, {"rows": rows, "chance": float(shares.max()), "snr": snr})


def _training_sets(
    sets: Mapping[str, Labelled], own: Labelled, options: SsvepOptions, seed: int
) -> Iterator[tuple[str, list[Labelled]]]:
    """Name each training set, with its random choices."""
    for name, windows in sets.items():
        yield name, [windows]
    available = own.windows["clip_id"].nunique()
    per_choice = {
        n: [
            own.take(choose_trials(own.windows, n, seed + place))
            for place in range(options.choices)
        ]
        for n in options.own_trials
        if n <= available
    }
    for n, choices in per_choice.items():
        yield f"own-{n}", choices
    if not per_choice:
        return
    least = min(per_choice)
    for name in ("generated", "others"):
        rng = np.random.default_rng(derive_seed(seed, "augmentation"))  # the same rows of both
        more = sets[name]
        yield (
            f"own-{least}+{name}",
            [
                choice.joined(
                    more.take(rng.permutation(len(more.x))[: options.augmentation * len(choice.x)])
                )
                for choice in per_choice[least]
            ],
        )


def choose_trials(windows: pd.DataFrame, n: int, seed: int) -> NDArray[np.intp]:
    """Choose n trials at random, as evenly over stimuli as possible, and return their windows.

    Args:
        windows: Rows of the `cut` table of one person.
        n: Number of trials; all, if there are no more.
        seed: Of the choice.
    """
    trials = windows.drop_duplicates("clip_id")[["clip_id", "video_id"]]
    trials = trials.sample(frac=1.0, random_state=np.random.default_rng(seed))
    trials = trials.assign(turn=trials.groupby("video_id").cumcount())
    chosen = trials.sort_values("turn", kind="stable")["clip_id"].iloc[:n]
    return np.flatnonzero(windows["clip_id"].isin(chosen))


def windows_in_phase(windows: pd.DataFrame, tags: Mapping[str, float | None]) -> bool:
    """Return whether all windows of a flicker begin at the same place in its cycle.

    Args:
        windows: Rows of the `cut` table.
        tags: Frequency of each stimulus, Hz; None for one without a flicker.
    """
    if not phases_known(windows):
        return False
    for name, own in windows.groupby("video_id"):
        hz = tags[str(name)]
        if hz is not None:
            cycles = hz * own["video_time_s"].to_numpy()
            apart = (cycles - cycles[0] + 0.5) % 1 - 0.5  # from the first, -0.5 to 0.5
            if np.abs(apart).max() > _IN_PHASE_CYCLES:
                return False
    return True


def _check_windows(subject: str, own: pd.DataFrame, test: pd.DataFrame) -> None:
    """Raise a UserError for a person without windows to train or to test with."""
    for windows, what in ((own, "training or validation"), (test, "test")):
        if windows.empty:
            raise UserError(
                f"snakemake ssvep with {subject}",
                expected=f"{what} windows of this person",
                found="none",
                next_step="set split.by to block, run or session, so that every person has windows "
                "in all splits",
            )


def _correct(
    name: str,
    training: Labelled,
    test: Labelled,
    tags: Mapping[str, float | None],
    highest: float,
    sfreq: float,
) -> NDArray[np.float64]:
    """Whether each test trial is decoded, (m,)."""
    decoder = DECODERS[name](sfreq, tags, highest).fit(training.x, training.labels, training.people)
    decision = decoder.decision(test.x, test.people)
    trials, decisions = trial_decisions(decision, test.windows["clip_id"].to_numpy())
    labels = test.windows.drop_duplicates("clip_id").set_index("clip_id").loc[trials, "video_id"]
    right: NDArray[np.float64] = (
        decoder.classes[decisions.argmax(1)] == labels.to_numpy(str)
    ).astype(np.float64)
    return right


def _snr(
    real: Labelled,
    generated: Labelled,
    tags: Mapping[str, float | None],
    highest: float,
    sfreq: float,
) -> list[dict[str, Any]]:
    """SNR per flicker, averaged over channels, at its frequency and at higher harmonics."""
    rows = []
    for name, hz in tags.items():
        if hz is None:
            continue
        row: dict[str, Any] = {"hz": hz}
        for kind, part in (("real", real), ("generated", generated)):
            x = part.x[part.labels == name]
            lines = harmonics(hz, highest, _HARMONICS) if len(x) else []
            parts = [snr_parts(x, line, sfreq) for line in lines]
            ratios = [float((signal.mean(0) / noise.mean(0)).mean()) for signal, noise in parts]
            row[kind] = ratios[0] if ratios else None
            row[f"{kind}_harmonics"] = ratios[1:]
        rows.append(row)
    return rows


def _generated(
    windows: pd.DataFrame,
    loaded: LoadedGenerator,
    inputs: Inputs,
    settings: SampleOptions,
    seed: int,
) -> Labelled:
    """A generated window for each real one; the generator replaces unknown people."""
    x = sample_windows(loaded, windows, inputs, settings, seed)
    return Labelled(x, windows, ("generated-" + windows["subject"]).to_numpy(str))


def _real(windows: pd.DataFrame, inputs: Inputs) -> Labelled:
    """Real windows, divided by the person's scale."""
    scale = inputs.normalisation().scale(windows["subject"])
    x = inputs.eeg().windows(windows) / scale
    return Labelled(x, windows, windows["subject"].to_numpy(str))


def _of(subject: str, windows: pd.DataFrame) -> pd.DataFrame:
    return windows[windows["subject"] == subject].reset_index(drop=True)


def _tags(videos: "pd.Series[str]", inputs: Inputs) -> dict[str, float | None]:
    """Frequency of each stimulus, Hz; None for one without a flicker.

    Raises:
        UserError: if nothing flickers.
    """
    listed = ListedFiles(inputs.path("videos"))
    found: dict[str, float | None] = {}
    for name in sorted(videos.unique()):
        features = VideoFeatures.read(listed.path(name))
        found[name] = next(iter(tagged_hz(features.track, features.track_s)), None)
    if not any(found.values()):
        raise UserError(
            "snakemake ssvep",
            expected="stimuli that flicker at a steady frequency",
            found="none",
            next_step="run it with such data: --configfile config/kalunga2016.yaml",
        )
    return found
