"""The interface of all decoders: `fit` to training clips, `predict` text tokens and latents."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from videeg_pipe.models.decoders.clips import Clips, Decoded
from videeg_pipe.models.decoders.scaling import Deviation, ElectrodeMap, PersonScale
from videeg_pipe.runtime.errors import UserError

_BATCH = 64  # windows per batch of predictions


@dataclass(frozen=True)
class DecoderLayout:
    """What a decoder is made for: EEG, known people, concepts and shapes of the targets."""

    channels: tuple[str, ...]
    positions_m: tuple[tuple[float, float, float], ...]  # of the channels, head coordinates
    sfreq: float  # Hz
    n_samples: int  # T
    subjects: tuple[str, ...]  # known people
    concepts: tuple[str, ...]
    text_shape: tuple[int, int]  # tokens, width
    latent_shape: tuple[int, int, int, int]  # F, 4, h, w

    @classmethod
    def of(
        cls,
        clips: Clips,
        channels: tuple[str, ...],
        positions_m: NDArray[np.float64],
        sfreq: float,
    ) -> "DecoderLayout":
        """Describe training clips.

        Args:
            clips: The clips that a decoder will be fitted to.
            channels: Names of the electrodes, C.
            positions_m: Head coordinates, (C, 3), metres.
            sfreq: Rate of the EEG, Hz.
        """
        places = [(float(x), float(y), float(z)) for x, y, z in positions_m]
        tokens, width = clips.text.shape[1:]
        F, c, h, w = clips.latents.shape[1:]
        return cls(
            channels=channels,
            positions_m=tuple(places),
            sfreq=sfreq,
            n_samples=clips.eeg.shape[2],
            subjects=tuple(map(str, np.unique(clips.subject))),
            concepts=tuple(map(str, np.unique(clips.concept))),
            text_shape=(tokens, width),
            latent_shape=(F, c, h, w),
        )

    @property
    def positions(self) -> NDArray[np.float64]:
        """Head coordinates of the channels, (C, 3), metres."""
        return np.array(self.positions_m)

    def person(self, subject: NDArray[np.str_]) -> Tensor:
        """Return the index of people (n,); new people have the number of known ones."""
        index = {name: i for i, name in enumerate(self.subjects)}
        return torch.tensor([index.get(str(name), len(index)) for name in subject])


class Answer(NamedTuple):
    """Decoded windows as deviations from the training mean."""

    text: Tensor  # (B, tokens, width)
    latents: Tensor  # (B, F, 4, h, w)
    fast: Tensor | None = None  # (B,)
    concept: Tensor | None = None  # (B,), index in the layout's concepts


class Decoder(nn.Module, ABC):
    """A model of what was seen given EEG.

    Everything in it comes from the clips given to `fit`: scales of people, means of the targets,
    weights. EEG is standardised by its person's scale. A new person's is standardised by everyone's
    scale, then mapped (`mapping`, the identity unless adapted).
    """

    def __init__(self, layout: DecoderLayout) -> None:
        """Make an unfitted decoder.

        Args:
            layout: Shapes, electrodes, known people and concepts.
        """
        super().__init__()
        self.layout = layout
        self.scale = PersonScale(len(layout.subjects), len(layout.channels), 1)
        self.mapping = ElectrodeMap(len(layout.channels))
        self.text_target = Deviation(*layout.text_shape)
        self.latent_target = Deviation(*layout.latent_shape)
        self.history: list[dict[str, Any]] = []
        """Losses and R² of the training clips, one row per recorded step."""

    @classmethod
    @abstractmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make an unfitted decoder from the sections that its row in the registry names."""

    @abstractmethod
    def learn(self, clips: Clips, seed: int) -> None:
        """Fit to training clips, after scales and means of the targets."""

    @abstractmethod
    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Decode standardised EEG (B, C, T) of people (B,)."""

    def fit(self, clips: Clips, *, seed: int, scaled_by: Clips | None = None) -> Self:
        """Fit the decoder to training clips and return it in evaluation mode.

        Args:
            clips: Training clips of the people in the layout.
            seed: Seed of batches, dropout and noise.
            scaled_by: Clips that the people's scales are fitted to; `clips` by default. Real clips,
                where `clips` has generated ones too: no generator changes how real EEG is scaled.

        Raises:
            UserError: if the clips do not match the layout, or a loss stops being finite.
        """
        self._check(clips)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.fit_scales(scaled_by or clips)
            seen = np.unique(clips.clip)
            self.text_target.fit(torch.from_numpy(clips.text[seen]))
            self.latent_target.fit(torch.from_numpy(clips.latents[seen]))
            self.learn(clips, seed)
        return self.eval()

    def fit_scales(self, clips: Clips) -> None:
        """Compute the people's scales."""
        self.scale.fit(torch.from_numpy(clips.eeg), self.layout.person(clips.subject))

    def standardised(self, eeg: Tensor, person: Tensor) -> Tensor:
        """Return EEG (n, C, T) of people (n,) in units of their scales; new people's is mapped."""
        z = self.scale(eeg, person)  # (n, C, T)
        new = person == len(self.layout.subjects)
        if new.any():
            with torch.no_grad():
                z[new] = self.mapping(z[new])
        return z

    def decode(self, eeg: Tensor, person: Tensor) -> Answer:
        """Decode EEG (B, C, T) of people (B,), microvolts."""
        return self.answer(self.standardised(eeg, person), person)

    @torch.no_grad()
    def predict(self, eeg: NDArray[np.float32], subject: NDArray[np.str_]) -> Decoded:
        """Decode windows, each on its own.

        Args:
            eeg: (n, C, T), microvolts.
            subject: (n,); people outside the layout are new.
        """
        parts: list[Answer] = []
        for start in range(0, len(eeg), _BATCH):
            rows = slice(start, start + _BATCH)
            person = self.layout.person(subject[rows])
            parts.append(self.decode(torch.from_numpy(eeg[rows]), person))
        text = self.text_target.inverse(torch.cat([part.text for part in parts]))
        latents = self.latent_target.inverse(torch.cat([part.latents for part in parts]))
        fast = [part.fast for part in parts if part.fast is not None]
        concept = [part.concept for part in parts if part.concept is not None]
        return Decoded(
            text.numpy(),
            latents.numpy(),
            torch.cat(fast).numpy() if fast else None,
            torch.cat(concept).numpy() if concept else None,
        )

    def r_squared(self, decoded: Decoded, clips: Clips) -> dict[str, float]:
        """Return the explained share of the deviation from the training mean, per target.

        Args:
            decoded: Predictions for the clips.
            clips: The clips with their true targets.
        """
        pairs = {
            "text": (self.text_target, decoded.text, clips.text),
            "latents": (self.latent_target, decoded.latents, clips.latents),
        }
        out = {}
        for name, (target, predicted, true) in pairs.items():
            deviation = target(torch.from_numpy(true[clips.clip]))
            error = target(torch.from_numpy(predicted)) - deviation
            out[name] = 1 - (error.square().sum() / deviation.square().sum()).item()
        return out

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over stored weights; buffers may have the shape of the fitted data."""
        for name, tensor in tensors.items():
            path, _, last = name.rpartition(".")
            part = self.get_submodule(path)
            if last in dict(part.named_buffers(recurse=False)):
                setattr(part, last, torch.empty_like(tensor))
        self.load_state_dict(tensors)

    def _check(self, clips: Clips) -> None:
        layout = self.layout
        expected = (len(layout.channels), layout.n_samples, layout.text_shape, layout.latent_shape)
        found = (*clips.eeg.shape[1:], clips.text.shape[1:], clips.latents.shape[1:])
        unknown = sorted({*clips.subject, *clips.concept} - {*layout.subjects, *layout.concepts})
        if found != expected or unknown:
            raise UserError(
                "clips for a decoder",
                expected=f"the layout's shapes {expected}, people and concepts",
                found=f"{found}; unknown: {', '.join(unknown) or 'none'}",
                next_step="make the layout from the training clips",
            )
