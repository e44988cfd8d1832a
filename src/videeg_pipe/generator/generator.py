"""Continuous EEG for any video or stimulus program, from a trained generator's folder."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe import __version__
from videeg_pipe.conditions.condition import Condition, make_condition
from videeg_pipe.conditions.window_features import check_rate, track_times, window_features
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.generator_folder import CLIP
from videeg_pipe.contracts.stores import TRACK_CHANNELS, VideoFeatures
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.folder import GeneratorFolder, read_folder
from videeg_pipe.generator.joining import joined
from videeg_pipe.generator.montages import Montage, montage_of, trained_montage
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import read_record, sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.stimuli.clip import TOKENS, ClipEncoder
from videeg_pipe.stimuli.features import measure_video
from videeg_pipe.stimuli.person import Person
from videeg_pipe.stimuli.video import decoded

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
        stimulus: str | Path,
        *,
        person: Mapping[str, Any] | None = None,
        subject: str | None = None,
        montage: str | None = None,
        seconds: float | None = None,
        draws: int = 1,
        seed: int = 0,
        mean_only: bool = False,
    ) -> GeneratedEeg:
        """Generate continuous EEG of one person who watches a stimulus from its beginning.

        Args:
            stimulus: A video, or a stimulus program (.json; docs/programs.md).
            person: Facts about a new person: age in years, sex F, M or O, handedness R, L or A.
            subject: A person of the training instead; see `subjects`.
            montage: A standard montage of MNE, such as biosemi32, or a .tsv with name, x, y and z,
                metres. Other electrodes than the training's follow by spherical splines.
            seconds: Length; the whole stimulus by default.
            draws: Number of recordings, which differ in their noise.
            seed: Of the noise, which also depends on the stimulus and on `subject`.
            mean_only: The conditional mean without noise, which is one draw.

        Returns:
            The EEG, in microvolts.

        Raises:
            UserError: for a stimulus that cannot be read, an unknown subject, fact or montage, or a
                length that the stimulus does not have.
        """
        draws = 1 if mean_only else draws
        if draws < 1:
            raise _refused("draws", "at least 1", str(draws))
        self._check_continuous()
        sentence = self._sentence(person, subject)
        target = self._montage(montage)
        compute_reproducibly(self.folder.sample.threads)
        features, duration_s = self._measure(Path(stimulus))
        n_samples = self._n_samples(duration_s, seconds)
        sha256 = sha256_file(Path(stimulus))
        data = np.empty((draws, len(target.channels), n_samples), np.float32)
        for draw in range(draws):
            own = derive_seed(seed, "draw", str(draw), sha256, subject or "new")
            done = 0
            pieces = self._pieces(features, subject, sentence, n_samples, own, mean_only=mean_only)
            for piece in pieces:
                data[draw, :, done : done + piece.shape[1]] = target.weights @ piece
                done += piece.shape[1]
        record = self.folder.record
        return GeneratedEeg(
            data,
            target.channels,
            target.positions_m,
            self.sfreq,
            (record["l_freq"], record["h_freq"]),
            Path(stimulus).name,
            {
                "generator": record["checkpoint_sha256"],
                "videeg_pipe": __version__,
                "stimulus_sha256": sha256,
                "person": {"name": subject, **(person or {})},
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

    def _check_continuous(self) -> None:
        """Refuse a generator of single windows."""
        if not self.folder.record["continuous"]:
            raise UserError(
                str(self.folder.path),
                expected="a generator of continuous EEG: spgn with whitening and evoked head",
                found=f"{self.folder.loaded.model['name']}, which makes single windows",
                next_step="use the samples in the release of its run",
            )

    def _sentence(self, facts: Mapping[str, Any] | None, subject: str | None) -> str:
        """Return the sentence that describes the person to the generator."""
        if facts is not None and subject is not None:
            raise _refused("person", "a subject of the training or facts of a new one", "both")
        if subject is not None:
            if subject not in self.subjects:
                raise _refused("subject", f"one of {listed(self.subjects)}", subject)
            return self.folder.record["people"].get(subject) or Person().sentence
        facts = facts or {}
        for name, value in facts.items():
            if name not in _FACTS:
                raise _refused("person", f"facts among {', '.join(_FACTS)}", name)
            choices = _FACTS[name]
            if choices and value not in choices:
                raise _refused("person", f"{name} as one of {', '.join(choices)}", str(value))
            if not choices and not (isinstance(value, int | float) and 0 < value < _OLDEST):
                raise _refused("person", f"{name} from 0 to {_OLDEST} years", str(value))
        return Person(None, **facts).sentence

    def _montage(self, name: str | None) -> Montage:
        layout = self.folder.loaded.layout
        if name is None:
            return trained_montage(layout)
        return montage_of(name, layout, reference=self.folder.record["reference"])

    @cached_property
    def encoder(self) -> ClipEncoder:
        """The CLIP of the training; one of the hub is downloaded if it is not on this machine."""
        manifest, embed = self.folder.path / CLIP, self.folder.embed
        stored = read_record(manifest)
        if stored["revision"] is None:
            return ClipEncoder(manifest, dtype=embed.dtype)
        with tempfile.TemporaryDirectory() as temporary:
            found = Path(temporary, "model.json")
            prepare_clip(embed, seed=0, manifest=found)
            if read_record(found)["sha256"] != stored["sha256"]:
                raise _refused("embed.model", "the CLIP of the training", "other files")
            return ClipEncoder(found, dtype=embed.dtype)

    def _measure(self, stimulus: Path) -> tuple[VideoFeatures, float]:
        frames, duration_s = decoded(stimulus)
        watched = progress(frames, f"watch {stimulus.name}")
        features = measure_video(watched, duration_s, self.encoder, self.folder.embed)
        check_rate(features, self.folder.loaded.condition.track_rate, stimulus.name)
        return features, duration_s

    def _n_samples(self, duration_s: float, seconds: float | None) -> int:
        if seconds is None:
            seconds = duration_s
        if not 1 / self.sfreq <= seconds <= duration_s + 0.5 / self.sfreq:
            raise _refused(
                "seconds", f"at most {duration_s:g}, the stimulus' length", f"{seconds:g}"
            )
        return round(seconds * self.sfreq)

    def _pieces(
        self,
        features: VideoFeatures,
        subject: str | None,
        sentence: str,
        n_samples: int,
        seed: int,
        *,
        mean_only: bool,
    ) -> Iterator[NDArray[np.float32]]:
        """Yield EEG of the trained electrodes in microvolts, (C, n) each."""
        loaded, settings = self.folder.loaded, self.folder.sample
        generator, layout, config = loaded.generator, loaded.layout, loaded.condition
        assert isinstance(generator, Spgn)  # by `_check_continuous`
        index = layout.subject_index(subject)
        text = self.encoder.tokens([sentence], 1)  # (1, 77, 768)
        sampler = None if mean_only else generator.continuous(index, seed)
        scale = self.folder.scales.scales.get(str(subject), self.folder.scales.population)

        def condition(starts: list[int]) -> Condition:
            start_s = np.asarray(starts) / layout.sfreq
            windows = window_features(features, start_s, layout.n_samples / layout.sfreq, config)
            texts = np.repeat(text, len(starts), axis=0)
            subjects = np.full(len(starts), index)
            made = make_condition(
                windows.clip, texts, windows.track, subjects, config,
                n_subjects=len(layout.subjects),
            )  # fmt: skip
            return made.to(loaded.device)

        @torch.no_grad()
        def draw(starts: list[int]) -> NDArray[np.float32]:
            if sampler is None:
                x = generator.conditional_mean(condition(starts), settings)
            else:
                x = sampler.sample(starts, condition(starts), settings)
            return x.cpu().numpy() * scale[:, None]

        batch = max(2, settings.batch_size)
        pieces = joined(draw, n_samples, layout.n_samples, batch)
        n_batches = -(-n_samples // (layout.n_samples // 2 * batch))
        return progress(pieces, "generate", n_batches)


def load_generator(path: str | Path) -> Generator:
    """Load a trained generator from its folder, such as `results/generator`.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    return Generator(read_folder(Path(path)))


def _named(montage: str) -> str:
    """Name a montage without the path of its file, which may name people."""
    path = Path(montage)
    return f"{path.name}, SHA-256 {sha256_file(path)}" if path.suffix == ".tsv" else montage


def _refused(where: str, expected: str, found: str) -> UserError:
    return UserError(where, expected=expected, found=found, next_step="correct it")
