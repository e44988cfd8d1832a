"""What decoders are fitted to and what they return, as arrays."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError, make_again


@dataclass(frozen=True)
class Clips:
    """EEG of n presentations of m clips, with the clips' text and pictures.

    A person's rows are in the order of presentation. Only rows of `text` and `latents` that `clip`
    refers to are used; the others may belong to test blocks.
    """

    eeg: NDArray[np.float32]  # (n, C, T), microvolts
    subject: NDArray[np.str_]  # (n,)
    run_id: NDArray[np.str_]  # (n,); consecutive clips of one concept, the independent unit
    concept: NDArray[np.str_]  # (n,)
    clip: NDArray[np.int64]  # (n,); row of text and latents; equal for people who saw the same
    text: NDArray[np.float32]  # (m, tokens, width), CLIP's hidden states of the caption
    latents: NDArray[np.float32]  # (m, F, 4, h, w), posterior mode times scaling factor

    def __post_init__(self) -> None:
        """Check that the parts belong together.

        Raises:
            UserError: if they do not, or if EEG is not finite.
        """
        n, m = len(self.eeg), len(self.text)
        lengths = {len(part) for part in (self.subject, self.run_id, self.concept, self.clip)}
        if lengths != {n} or len(self.latents) != m or not n:
            raise UserError(
                "clips for a decoder",
                expected=f"subject, run, concept and clip of {n} windows, pictures of {m} texts",
                found=f"{sorted(lengths)} and {len(self.latents)}",
                next_step=make_again("cut_clips", "picture_frames", "picture_texts"),
            )
        if not (self.clip.min() >= 0 and self.clip.max() < m and np.isfinite(self.eeg).all()):
            raise UserError(
                "clips for a decoder",
                expected=f"finite EEG and clips from 0 to {m - 1}",
                found=f"clips from {self.clip.min()} to {self.clip.max()}, or EEG not finite",
                next_step=make_again("cut_clips"),
            )

    def __len__(self) -> int:
        """Return n."""
        return len(self.eeg)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Clips":
        """Return some of the presentations; text and latents are shared."""
        return replace(
            self,
            eeg=self.eeg[rows],
            subject=self.subject[rows],
            run_id=self.run_id[rows],
            concept=self.concept[rows],
            clip=self.clip[rows],
        )

    def of(self, *people: str) -> "Clips":
        """Return the presentations to these people."""
        return self.take(np.isin(self.subject, people))


@dataclass(frozen=True)
class Decoded:
    """What n windows of EEG were decoded as."""

    text: NDArray[np.float32]  # (n, tokens, width)
    latents: NDArray[np.float32]  # (n, F, 4, h, w)
    fast: NDArray[np.float32] | None = None  # (n,), probability of a fast clip, where predicted
    concept: NDArray[np.int64] | None = None  # (n,), index in the layout's concepts, where named


def earliest(clips: Clips, share: float) -> Clips:
    """Return the first share of each person's presentations: a calibration of so many minutes.

    Args:
        clips: Presentations in training blocks.
        share: In (0, 1]; at least one presentation per person is kept.
    """
    return clips.take(earliest_rows(clips.subject, share))


def earliest_rows(subject: NDArray[np.str_], share: float) -> NDArray[np.int64]:
    """Return the rows of the first share of each person's presentations, in order.

    Args:
        subject: (n,); a person's rows are in the order of presentation.
        share: In (0, 1]; at least one row per person is kept.
    """
    people = np.unique(subject)
    rows = [np.flatnonzero(subject == name) for name in people]
    kept = [own[: max(1, round(share * len(own)))] for own in rows]
    return np.sort(np.concatenate(kept))


def joined(first: Clips, *others: Clips) -> Clips:
    """Return presentations of several, one after another, which share text and latents."""
    names = ("eeg", "subject", "run_id", "concept", "clip")
    parts = {
        name: np.concatenate([getattr(one, name) for one in (first, *others)]) for name in names
    }
    return replace(first, **parts)


def shuffle_runs(clips: Clips, seed: int) -> Clips:
    """Give the EEG of every run to another run of the same person: EEG without information.

    Clips keep their place in the run. No run keeps its own EEG if the person has more than one.
    Runs of different length are aligned at their beginning, and the shorter one repeats.

    Args:
        clips: Presentations; text, pictures and labels stay where they are.
        seed: Seed of the order.
    """
    rng, source = np.random.default_rng(seed), np.arange(len(clips))
    for person in np.unique(clips.subject):
        own = clips.subject == person
        names = rng.permutation(np.unique(clips.run_id[own]))
        for run, other in zip(names, np.roll(names, 1), strict=True):
            rows = np.flatnonzero(own & (clips.run_id == run))
            source[rows] = np.resize(np.flatnonzero(own & (clips.run_id == other)), len(rows))
    return replace(clips, eeg=clips.eeg[source])
