"""Continuous EEG for any video or stimulus program, from a trained generator's folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.condition import make_condition
from videeg_pipe.conditions.window_features import track_times
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.generator_folder import check_new_folder
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.generator.adaptation import adapted_folder
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.generator.folder import GeneratorFolder, read_folder
from videeg_pipe.generator.generation import check_continuous, plan, refused
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.stimuli.clip import TOKENS


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
        generation = plan(
            self.folder,
            stimulus,
            person=person,
            subject=subject,
            montage=montage,
            seconds=seconds,
            draws=draws,
            seed=seed,
            mean_only=mean_only,
        )
        return generation.make()

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
        check_continuous(self.folder)
        layout, config = self.folder.loaded.layout, self.folder.loaded.condition
        n_track = track_times(np.zeros(1), layout.n_samples / layout.sfreq, config).shape[1]
        shapes = (config.n_frames, CLIP_WIDTH), (len(TRACK_CHANNELS), n_track)
        if (clip.shape, track.shape) != shapes:
            raise refused("features of a window", f"{shapes}", f"{clip.shape}, {track.shape}")
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
        assert isinstance(generator, Spgn)  # by `check_continuous`
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
            UserError: if it exists and may not be replaced, lies inside one, or cannot be written.
        """
        target = Path(folder)
        check_new_folder(target, overwrite=overwrite)
        self.folder.write(target)
        return target


def load_generator(path: str | Path) -> Generator:
    """Load a trained generator from its folder, such as `results/generator`.

    Raises:
        UserError: if it is not a generator's folder, of another schema, or damaged.
    """
    return Generator(read_folder(Path(path)))
