"""Phase-randomised: a real window of the person with random phases.

Surrogate data after Prichard and Theiler 1994, doi 10.1103/PhysRevLett.73.951.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.floors.floor import Floor

_KEPT = 128  # windows per person: 3 MB for 62 electrodes and 200 samples


class PhaseRandomised(Floor):
    """A random training window of the same person, with its phases randomised.

    Spectrum and cross-spectrum equal those of the window. This floor is not private: its checkpoint
    holds up to 128 real windows per person, as float16, and a draw discloses a window's spectrum.
    """

    windows: Tensor

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Make room for the same number of windows per person."""
        S, C, T = self.shape
        self.register_buffer("windows", torch.zeros(S, _KEPT, C, T, dtype=torch.float16))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Store windows spread evenly over each person's; with few windows, some repeatedly."""
        for s in range(len(self.windows)):
            own = x[subject == s]
            self.windows[s] = own[torch.linspace(0, len(own) - 1, _KEPT).round().long()]

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Draw windows of these people, (B, C, T); for unknown people, of anybody."""
        drawn = zip(subject.tolist(), rngs, strict=True)
        return torch.stack([phase_randomised(self._window(s, rng), rng) for s, rng in drawn])

    def _window(self, s: int, rng: torch.Generator) -> Tensor:
        """Choose one of a person's windows, (C, T)."""
        S, kept = self.windows.shape[:2]
        person = s if s < S else int(torch.randint(S, (), generator=rng))
        return self.windows[person, int(torch.randint(kept, (), generator=rng))].float()


def phase_randomised(window: Tensor, rng: torch.Generator) -> Tensor:
    """Rotate the phase of each frequency by a random angle, the same for all electrodes.

    The components at 0 Hz and at half the rate are real: they keep or flip their sign.

    Args:
        window: (C, T).
        rng: CPU generator of the angles.
    """
    T = window.shape[-1]
    spectrum = torch.fft.rfft(window)  # (C, T // 2 + 1)
    angle = 2 * math.pi * torch.rand(spectrum.shape[-1], generator=rng)
    turn = torch.polar(torch.ones_like(angle), angle)
    real = [0] if T % 2 else [0, -1]
    turn[real] = turn[real].real.sign().to(turn.dtype)
    return torch.fft.irfft(spectrum * turn.to(window.device), T)
