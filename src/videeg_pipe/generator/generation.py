"""One call of the generator: checked before anything is watched, then made piece by piece."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe import __version__
from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import window_features
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.folder import GeneratorFolder
from videeg_pipe.generator.joining import joined
from videeg_pipe.generator.montages import Montage, montage_of, trained_montage
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.stimuli.person import Person
from videeg_pipe.stimuli.video import probe_video

_FACTS: dict[str, tuple[str, ...]] = {
    "age": (),
    "sex": ("F", "M", "O"),
    "handedness": ("R", "L", "A"),
}
"""Facts about a new person, and their values; age is a number."""
_OLDEST = 130


@dataclass(frozen=True)
class Subject:
    """A person whose EEG is generated."""

    name: str
    index: int  # in the generator's tables of people
    sentence: str  # that describes the person to the generator
    scale_uv: NDArray[np.float32]  # (C,)
    weight: float


@dataclass(frozen=True)
class Generation:
    """EEG that can be made: `plan` checked everything that is known without watching."""

    folder: GeneratorFolder
    stimuli: dict[Path, float]  # with their weights
    subjects: list[Subject]
    target: Montage
    shortest_s: float  # of the stimuli
    n_samples: int
    draws: int
    seed: int
    mean_only: bool
    asked: dict[str, Any]  # `person`, `subject` and `montage`, as they were given

    @property
    def shape(self) -> tuple[int, int, int]:
        """Draws, electrodes and samples."""
        return self.draws, len(self.target.channels), self.n_samples

    def make(self, data: Any = None) -> GeneratedEeg:
        """Watch the stimuli and generate the EEG.

        Args:
            data: Array of `shape`, float32, to write to, such as one on the disk; by default, a new
                one. Beside it, a batch of windows is in memory.

        Raises:
            UserError: for a stimulus that cannot be read.
        """
        compute_reproducibly(self.folder.sample.threads)
        if data is None:
            data = np.empty(self.shape, np.float32)
        sha256 = [sha256_file(path) for path in self.stimuli]
        features = [(self.folder.measure(path)[0], w) for path, w in self.stimuli.items()]
        for draw in range(self.draws):
            of_draw = ("draw", str(draw), *sha256)
            seeds = [derive_seed(self.seed, *of_draw, one.name) for one in self.subjects]
            done = 0
            for piece in self._pieces(features, None if self.mean_only else seeds):
                kept = piece[:, : self.n_samples - done]
                data[draw, :, done : done + kept.shape[1]] = self.target.weights @ kept
                done += kept.shape[1]
        record = self.folder.record
        return GeneratedEeg(
            data,
            self.target.channels,
            self.target.positions_m,
            self.folder.loaded.layout.sfreq,
            (record["l_freq"], record["h_freq"]),
            _mix((path.name, weight) for path, weight in self.stimuli.items()),
            self._provenance(sha256),
        )

    def _provenance(self, sha256: list[str]) -> dict[str, Any]:
        montage, mixed = self.asked["montage"], _mix((v.name, v.weight) for v in self.subjects)
        return {
            "generator": self.folder.record["checkpoint_sha256"],
            "videeg_pipe": __version__,
            "stimulus_sha256": sha256[0] if len(sha256) == 1 else sha256,
            "person": {
                "name": None if self.asked["subject"] is None else mixed,
                **(self.asked["person"] or {}),
            },
            "seed": self.seed,
            "mean_only": self.mean_only,
            "montage": None if montage is None else _named(montage),
            "reference": self.folder.record["reference"],
            "sampler": self.folder.sample.model_dump(mode="json"),
        }

    def _pieces(
        self, shown: list[tuple[VideoFeatures, float]], seeds: list[int] | None
    ) -> Iterator[NDArray[np.float32]]:
        """Yield EEG of the trained electrodes in microvolts, (C, n) each, up to a whole batch.

        Args:
            shown: Features of the stimuli and their weights.
            seeds: Of each subject's noise; None for the conditional mean.
        """
        loaded, settings, subjects = self.folder.loaded, self.folder.sample, self.subjects
        generator, layout, config = loaded.generator, loaded.layout, loaded.condition
        assert isinstance(generator, Spgn)  # by `check_continuous`
        texts = self.folder.encoder.tokens([one.sentence for one in subjects], 1)  # (P, 77, 768)
        samplers = [
            None if seeds is None else generator.continuous(one.index, seeds[place])
            for place, one in enumerate(subjects)
        ]

        def conditions(starts: list[int]) -> Iterator[Condition]:
            start_s, length_s = np.asarray(starts) / layout.sfreq, layout.n_samples / layout.sfreq
            windows = [window_features(one, start_s, length_s, config) for one, _ in shown]
            shares = np.array([weight for _, weight in shown], np.float32)
            clip = np.einsum("s,snfk->nfk", shares, np.stack([part.clip for part in windows]))
            track = np.einsum("s,snkt->nkt", shares, np.stack([part.track for part in windows]))
            for one, text in zip(subjects, texts, strict=True):
                made = make_condition(
                    clip, np.repeat(text[None], len(starts), axis=0), track,
                    np.full(len(starts), one.index), config, n_subjects=len(layout.subjects),
                )  # fmt: skip
                yield made.to(loaded.device)

        @torch.no_grad()
        def draw(starts: list[int]) -> NDArray[np.float32]:
            eeg = np.zeros((len(starts), len(layout.channels), layout.n_samples), np.float32)
            for one, sampler, condition in zip(subjects, samplers, conditions(starts), strict=True):
                x = one.weight * generator.conditional_mean(condition, settings)
                if sampler is not None:  # means add up, and so do powers of independent noise
                    x = x + one.weight**0.5 * sampler.residual(starts, condition, settings)
                eeg += x.cpu().numpy() * one.scale_uv[:, None]
            return eeg

        batch, hop = max(2, settings.batch_size), layout.n_samples // 2
        # windows know their neighbours, so that those after the EEG's end are drawn as well: a part
        # is the beginning of the whole
        whole = max(self.n_samples, round(self.shortest_s * layout.sfreq))
        pieces = joined(draw, whole, layout.n_samples, batch)
        n_batches = math.ceil((self.n_samples / hop + 1) / batch)  # a window begins before the EEG
        return progress(islice(pieces, n_batches), "generate", n_batches)


def plan(
    folder: GeneratorFolder,
    stimulus: str | Path | Mapping[str, float],
    *,
    person: Mapping[str, Any] | None = None,
    subject: str | Mapping[str, float] | None = None,
    montage: str | None = None,
    seconds: float | None = None,
    draws: int = 1,
    seed: int = 0,
    mean_only: bool = False,
) -> Generation:
    """Check a call of `Generator.generate`, whose arguments these are, without watching.

    Raises:
        UserError: see there.
    """
    check_continuous(folder)
    draws = 1 if mean_only else draws
    if draws < 1:
        raise refused("draws", "at least 1", str(draws))
    subjects = _subjects(folder, person, subject)
    stimuli: dict[Path, float] = {}
    for path, weight in _weights("stimulus", stimulus).items():  # several names of one file add up
        stimuli[Path(path)] = stimuli.get(Path(path), 0.0) + weight
    layout = folder.loaded.layout
    target = trained_montage(layout)
    if montage is not None:
        target = montage_of(montage, layout, reference=folder.record["reference"])
    shortest_s, shortest = min((probe_video(path).duration_s, path) for path in stimuli)
    wanted_s = shortest_s if seconds is None else seconds
    if not 1 / layout.sfreq <= wanted_s <= shortest_s + 0.5 / layout.sfreq:
        most = f"above 0 and at most {shortest_s:g}, the length of {shortest.name}"
        raise refused("seconds", most, f"{wanted_s:g}")
    n_samples = round(wanted_s * layout.sfreq)
    asked = {"person": person, "subject": subject, "montage": montage}
    return Generation(
        folder, stimuli, subjects, target, shortest_s, n_samples, draws, seed, mean_only, asked
    )


def check_continuous(folder: GeneratorFolder) -> None:
    """Refuse a generator of single windows.

    Raises:
        UserError: if it is one.
    """
    if not folder.record["continuous"]:
        raise UserError(
            str(folder.path),
            expected="a generator of continuous EEG: spgn with whitening and evoked head",
            found=f"{folder.loaded.model['name']}, which makes single windows",
            next_step="use the samples in the release of its run",
        )


def refused(where: str, expected: str, found: str) -> UserError:
    """Return the error for an argument."""
    return UserError(where, expected=expected, found=found, next_step="correct it")


def _subjects(
    folder: GeneratorFolder,
    facts: Mapping[str, Any] | None,
    subject: str | Mapping[str, float] | None,
) -> list[Subject]:
    """Return the people: a new one, or those of the training with their weights."""
    names = folder.loaded.layout.subjects
    if subject is None:
        sentence = _sentence(facts or {})
        return [Subject("new", len(names), sentence, folder.scales.population, 1.0)]
    if facts is not None:
        raise refused("person", "a subject of the training or facts of a new one", "both")
    weights = _weights("subject", subject)
    if unknown := [name for name in weights if name not in names]:
        raise refused("subject", f"people among {listed(names)}", listed(unknown))
    subjects = []
    for name, weight in weights.items():
        sentence = folder.record["people"].get(name) or Person().sentence
        scale = folder.scales.scales[name]
        subjects.append(Subject(name, names.index(name), sentence, scale, weight))
    return subjects


def _sentence(facts: Mapping[str, Any]) -> str:
    """Return the sentence that describes a new person to the generator."""
    if not isinstance(facts, Mapping):
        raise refused("person", f"facts by name among {', '.join(_FACTS)}", str(facts))
    for name, value in facts.items():
        if name not in _FACTS:
            raise refused("person", f"facts among {', '.join(_FACTS)}", name)
        choices = _FACTS[name]
        if choices and value not in choices:
            raise refused("person", f"{name} as one of {', '.join(choices)}", str(value))
        if not choices and not (isinstance(value, int | float) and 0 < value < _OLDEST):
            raise refused("person", f"{name} from 0 to {_OLDEST} years", str(value))
    return Person(None, **facts).sentence


def _weights(what: str, named: str | Path | Mapping[str, float]) -> dict[str, float]:
    """Return the names and weights of a mix, divided by their sum."""
    if isinstance(named, str | Path):
        return {str(named): 1.0}
    try:
        weights = {str(name): float(weight) for name, weight in dict(named).items() if weight}
    except (TypeError, ValueError):
        raise refused(what, "a name, or names with their weights", str(named)) from None
    total = sum(weights.values())
    if not 0 < total < math.inf or min(weights.values()) < 0:
        found = ", ".join(f"{name} {weight:g}" for name, weight in weights.items()) or "none"
        raise refused(what, "weights of 0 or more, with a positive sum", found)
    return {name: weight / total for name, weight in weights.items()}


def _mix(parts: Iterable[tuple[str, float]]) -> str:
    """Name a mix, such as 0.7 sub1 + 0.3 sub2; a single part has its own name."""
    name = " + ".join(one if weight == 1 else f"{weight:g} {one}" for one, weight in parts)
    return name.encode(errors="replace").decode()  # a file's name need not be text


def _named(montage: str) -> str:
    """Name a montage without the path of its file, which may name people."""
    path = Path(montage)
    return f"{path.name}, SHA-256 {sha256_file(path)}" if path.suffix == ".tsv" else montage
