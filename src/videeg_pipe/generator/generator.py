"""Continuous EEG for any video or stimulus program, from a trained generator's folder."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe import __version__
from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import track_times, window_features
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.generator_folder import RECORD
from videeg_pipe.contracts.stores import TRACK_CHANNELS, VideoFeatures
from videeg_pipe.generator.adaptation import adapted_folder
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.folder import GeneratorFolder, read_folder
from videeg_pipe.generator.joining import joined
from videeg_pipe.generator.montages import Montage, montage_of, trained_montage
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.targets import check_new, check_writable
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.stimuli.clip import TOKENS
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
class Generator:
    """A trained generator with everything that it needs for new stimuli."""

    folder: GeneratorFolder

    @property
    def subjects(self) -> tuple[str, ...]:
        """People of the training."""
        return self.folder.loaded.layout.subjects

    @property
    def channels(self) -> tuple[str, ...]:
        """Electrodes of the training."""
        return self.folder.loaded.layout.channels

    @property
    def sfreq(self) -> float:
        """Sampling rate, Hz."""
        return self.folder.loaded.layout.sfreq

    def generate(
        self,
        stimulus: str | Path | Mapping[str, float],
        *,
        person: Mapping[str, Any] | None = None,
        subject: str | Mapping[str, float] | None = None,
        montage: str | None = None,
        seconds: float | None = None,
        draws: int = 1,
        seed: int = 0,
        mean_only: bool = False,
    ) -> GeneratedEeg:
        """Generate continuous EEG of one person who watches a stimulus from its beginning.

        Args:
            stimulus: A video, or a stimulus program (.json; docs/programs.md). Several with their
                weights, such as {"a.mp4": 0.5, "b.mp4": 0.5}, give a condition between theirs.
            person: Facts about a new person: age in years, sex F, M or O, handedness R, L or A.
            subject: A person of the training instead; see `subjects`. Several with their weights,
                such as {"sub1": 0.7, "sub2": 0.3}, give EEG whose conditional mean and
                cross-spectrum are the weighted means of theirs. Weights are divided by their sum.
            montage: A standard montage of MNE, such as biosemi32, or a .tsv with name, x, y and z,
                metres. Other electrodes than the training's follow by spherical splines.
            seconds: Length; that of the shortest stimulus by default.
            draws: Number of recordings, which differ in their noise.
            seed: Of the noise, which also depends on the stimulus and on `subject`.
            mean_only: The conditional mean without noise, which is one draw.

        Returns:
            The EEG, in microvolts.

        Raises:
            UserError: for a stimulus that cannot be read, an unknown subject, fact or montage,
                weights without a positive sum, or a length that the stimulus does not have.
        """
        draws = 1 if mean_only else draws
        if draws < 1:
            raise _refused("draws", "at least 1", str(draws))
        self._check_continuous()
        people = self._people(person, subject)
        shown = {Path(path): weight for path, weight in _weights("stimulus", stimulus).items()}
        target = self._montage(montage)
        compute_reproducibly(self.folder.sample.threads)
        shortest_s = min(probe_video(path).duration_s for path in shown)
        n_samples = self._n_samples(shortest_s, seconds)  # before the stimuli are watched
        features = [(self.folder.measure(path)[0], weight) for path, weight in shown.items()]
        sha256 = [sha256_file(path) for path in shown]
        data = np.empty((draws, len(target.channels), n_samples), np.float32)
        for draw in range(draws):
            seeds = [derive_seed(seed, "draw", str(draw), *sha256, one.name) for one in people]
            done = 0
            pieces = self._pieces(
                features, people, n_samples, shortest_s, None if mean_only else seeds
            )
            for piece in pieces:
                kept = piece[:, : n_samples - done]
                data[draw, :, done : done + kept.shape[1]] = target.weights @ kept
                done += kept.shape[1]
        record = self.folder.record
        return GeneratedEeg(
            data,
            target.channels,
            target.positions_m,
            self.sfreq,
            (record["l_freq"], record["h_freq"]),
            _mix((path.name, weight) for path, weight in shown.items()),
            {
                "generator": record["checkpoint_sha256"],
                "videeg_pipe": __version__,
                "stimulus_sha256": sha256[0] if len(sha256) == 1 else sha256,
                "person": {
                    "name": None if subject is None else _mix((p.name, p.weight) for p in people),
                    **(person or {}),
                },
                "seed": seed,
                "mean_only": mean_only,
                "montage": None if montage is None else _named(montage),
                "sampler": self.folder.sample.model_dump(mode="json"),
            },
        )

    def conditional_mean(
        self, clip: NDArray[np.floating], track: NDArray[np.float32], subject: str | None
    ) -> NDArray[np.float32]:
        """Return the conditional mean of one window, (C, T), microvolts.

        It depends on the stimulus and the person's place in the training, not on a sentence.

        Args:
            clip: (F, 768) CLIP embeddings, as `clip_features` of a release.
            track: (K, Tu), as `stimulus_track` of a release.
            subject: A person of the training; None or another name: a new one.

        Raises:
            UserError: for a generator without conditional mean, and features of another shape.
        """
        self._check_continuous()
        layout, config = self.folder.loaded.layout, self.folder.loaded.condition
        n_track = track_times(np.zeros(1), layout.n_samples / layout.sfreq, config).shape[1]
        shapes = (config.n_frames, CLIP_WIDTH), (len(TRACK_CHANNELS), n_track)
        if (clip.shape, track.shape) != shapes:
            raise _refused("features of a window", f"{shapes}", f"{clip.shape}, {track.shape}")
        made = make_condition(
            clip[None].astype(np.float32),
            np.zeros((1, TOKENS, CLIP_WIDTH), np.float32),
            track[None].astype(np.float32),
            np.array([layout.subject_index(subject)]),
            config,
            n_subjects=len(layout.subjects),
        )
        compute_reproducibly(self.folder.sample.threads)
        generator, device = self.folder.loaded.generator, self.folder.loaded.device
        assert isinstance(generator, Spgn)  # by `_check_continuous`
        with torch.no_grad():
            x = generator.conditional_mean(made.to(device), self.folder.sample)
        scales = self.folder.scales
        return x[0].cpu().numpy() * scales.scales.get(str(subject), scales.population)[:, None]

    def adapt(
        self,
        recording: str | Path,
        name: str,
        *,
        stimulus: str | Path | Sequence[str | Path] = (),
        onset_s: float | None = None,
        seed: int = 0,
    ) -> "Generator":
        """Add one more person to a copy of the generator, which itself stays as it is.

        The recording is filtered, referenced and resampled as those of the training. Electrodes
        that are missing or bad are interpolated. With a stimulus, the person's response and noise
        are fitted to the time in which it is shown; without, the noise alone, to the whole
        recording.

        Args:
            recording: A file that MNE reads, with the electrodes of the generator.
            name: Of the person, for `generate(subject=...)`.
            stimulus: Videos or programs that are shown in the recording. Annotations, or events of
                a BIDS table beside it, name their files and so tell when.
            onset_s: When the only stimulus begins, in seconds after the recording's first sample,
                where nothing in the recording tells.
            seed: Of the fit.

        Returns:
            A generator with the person after those of the training.

        Raises:
            UserError: for a recording or stimulus that cannot be used, a name that is taken, or a
                generator that cannot adapt.
        """
        given = [stimulus] if isinstance(stimulus, str | Path) else stimulus
        folder = adapted_folder(
            self.folder,
            Path(recording),
            name=name,
            stimuli=[Path(path) for path in given],
            onset_s=onset_s,
            seed=seed,
        )
        return Generator(folder)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder of this generator; see docs/generate.md.

        Args:
            folder: The folder to write.
            overwrite: Whether an existing folder of a generator may be replaced.

        Raises:
            UserError: if it exists and may not be replaced, or cannot be written.
        """
        target = Path(folder)
        check_new(target, overwrite=overwrite, ours=(target / RECORD).is_file())
        check_writable(target.absolute().parent)
        self.folder.write(target)
        return target

    def _check_continuous(self) -> None:
        """Refuse a generator of single windows."""
        if not self.folder.record["continuous"]:
            raise UserError(
                str(self.folder.path),
                expected="a generator of continuous EEG: spgn with whitening and evoked head",
                found=f"{self.folder.loaded.model['name']}, which makes single windows",
                next_step="use the samples in the release of its run",
            )

    def _people(
        self, facts: Mapping[str, Any] | None, subject: str | Mapping[str, float] | None
    ) -> list["_Person"]:
        """Return who watches: a new person, or people of the training with their weights."""
        if subject is None:
            scale, index = self.folder.scales.population, len(self.subjects)
            return [_Person("new", index, _sentence(facts or {}), scale, 1.0)]
        if facts is not None:
            raise _refused("person", "a subject of the training or facts of a new one", "both")
        weights = _weights("subject", subject)
        if unknown := [name for name in weights if name not in self.subjects]:
            raise _refused("subject", f"people among {listed(self.subjects)}", listed(unknown))
        people = []
        for name, weight in weights.items():
            sentence = self.folder.record["people"].get(name) or Person().sentence
            scale = self.folder.scales.scales[name]
            people.append(_Person(name, self.subjects.index(name), sentence, scale, weight))
        return people

    def _montage(self, name: str | None) -> Montage:
        layout = self.folder.loaded.layout
        if name is None:
            return trained_montage(layout)
        return montage_of(name, layout, reference=self.folder.record["reference"])

    def _n_samples(self, duration_s: float, seconds: float | None) -> int:
        if seconds is None:
            seconds = duration_s
        if not 1 / self.sfreq <= seconds <= duration_s + 0.5 / self.sfreq:
            raise _refused(
                "seconds",
                f"above 0 and at most {duration_s:g}, the stimulus' length",
                f"{seconds:g}",
            )
        return round(seconds * self.sfreq)

    def _pieces(
        self,
        shown: list[tuple[VideoFeatures, float]],
        people: list["_Person"],
        n_samples: int,
        duration_s: float,
        seeds: list[int] | None,
    ) -> Iterator[NDArray[np.float32]]:
        """Yield EEG of the trained electrodes in microvolts, (C, n) each, up to a whole batch.

        Args:
            shown: Features of the stimuli and their weights.
            people: Who watches.
            n_samples: Least length of the EEG.
            duration_s: Length of the stimuli. Windows know their neighbours, so that those after
                the EEG's end are drawn as well: a part is the beginning of the whole.
            seeds: Of each person's noise; None for the conditional mean.
        """
        loaded, settings = self.folder.loaded, self.folder.sample
        generator, layout, config = loaded.generator, loaded.layout, loaded.condition
        assert isinstance(generator, Spgn)  # by `_check_continuous`
        texts = self.folder.encoder.tokens([one.sentence for one in people], 1)  # (P, 77, 768)
        samplers = [
            None if seeds is None else generator.continuous(one.index, seeds[place])
            for place, one in enumerate(people)
        ]

        def conditions(starts: list[int]) -> Iterator[Condition]:
            start_s, length_s = np.asarray(starts) / layout.sfreq, layout.n_samples / layout.sfreq
            windows = [window_features(one, start_s, length_s, config) for one, _ in shown]
            shares = np.array([weight for _, weight in shown], np.float32)
            clip = np.einsum("s,snfk->nfk", shares, np.stack([part.clip for part in windows]))
            track = np.einsum("s,snkt->nkt", shares, np.stack([part.track for part in windows]))
            for one, text in zip(people, texts, strict=True):
                made = make_condition(
                    clip, np.repeat(text[None], len(starts), axis=0), track,
                    np.full(len(starts), one.index), config, n_subjects=len(layout.subjects),
                )  # fmt: skip
                yield made.to(loaded.device)

        @torch.no_grad()
        def draw(starts: list[int]) -> NDArray[np.float32]:
            eeg = np.zeros((len(starts), len(layout.channels), layout.n_samples), np.float32)
            for one, sampler, condition in zip(people, samplers, conditions(starts), strict=True):
                x = one.weight * generator.conditional_mean(condition, settings)
                if sampler is not None:  # means add up, and so do powers of independent noise
                    x = x + one.weight**0.5 * sampler.residual(starts, condition, settings)
                eeg += x.cpu().numpy() * one.scale_uv[:, None]
            return eeg

        batch, hop = max(2, settings.batch_size), layout.n_samples // 2
        whole = max(n_samples, round(duration_s * layout.sfreq))
        pieces = joined(draw, whole, layout.n_samples, batch)
        n_batches = math.ceil((n_samples / hop + 1) / batch)  # a window begins before the EEG
        return progress(islice(pieces, n_batches), "generate", n_batches)


@dataclass(frozen=True)
class _Person:
    """Somebody who watches."""

    name: str
    index: int  # in the generator's tables of people
    sentence: str  # that describes the person to the generator
    scale_uv: NDArray[np.float32]  # (C,)
    weight: float


def load_generator(path: str | Path) -> Generator:
    """Load a trained generator from its folder, such as `results/generator`.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    return Generator(read_folder(Path(path)))


def _sentence(facts: Mapping[str, Any]) -> str:
    """Return the sentence that describes a new person to the generator."""
    for name, value in facts.items():
        if name not in _FACTS:
            raise _refused("person", f"facts among {', '.join(_FACTS)}", name)
        choices = _FACTS[name]
        if choices and value not in choices:
            raise _refused("person", f"{name} as one of {', '.join(choices)}", str(value))
        if not choices and not (isinstance(value, int | float) and 0 < value < _OLDEST):
            raise _refused("person", f"{name} from 0 to {_OLDEST} years", str(value))
    return Person(None, **facts).sentence


def _weights(what: str, named: str | Path | Mapping[str, float]) -> dict[str, float]:
    """Return the names and weights of a mix, divided by their sum."""
    if isinstance(named, str | Path):
        return {str(named): 1.0}
    weights = {str(name): float(weight) for name, weight in named.items() if weight}
    total = sum(weights.values())
    if not 0 < total < math.inf or min(weights.values()) < 0:
        found = ", ".join(f"{name} {weight:g}" for name, weight in weights.items()) or "none"
        raise _refused(what, "weights of 0 or more, with a positive sum", found)
    return {name: weight / total for name, weight in weights.items()}


def _mix(parts: Iterable[tuple[str, float]]) -> str:
    """Name a mix, such as 0.7 sub1 + 0.3 sub2; a single part has its own name."""
    return " + ".join(name if weight == 1 else f"{weight:g} {name}" for name, weight in parts)


def _named(montage: str) -> str:
    """Name a montage without the path of its file, which may name people."""
    path = Path(montage)
    return f"{path.name}, SHA-256 {sha256_file(path)}" if path.suffix == ".tsv" else montage


def _refused(where: str, expected: str, found: str) -> UserError:
    return UserError(where, expected=expected, found=found, next_step="correct it")
