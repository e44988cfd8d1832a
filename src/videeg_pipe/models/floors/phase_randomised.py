"""Phase-randomised: a real window of the person whose waveform is lost.

Surrogate data after Prichard and Theiler 1994, doi 10.1103/PhysRevLett.73.951.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.models.floors.floor import Floor

_KEPT = 128  # windows a person: 3 MB of 62 electrodes at 200 samples


class PhaseRandomised(Floor):
    """A training window of the same person at each draw, with its phases randomised.

    Spectrum and cross-spectrum are exactly those of the window. It is not private: its checkpoint
    holds up to 128 real windows of each person, as float16, and who has a draw knows their spectra.
    """

    windows: Tensor

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Room for the same number of windows of each person."""
        S, C, T = self.shape
        self.register_buffer("windows", torch.zeros(S, _KEPT, C, T, dtype=torch.float16))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Keep windows spread evenly over each person's; few stand there more than once."""
        for s in range(len(self.windows)):
            own = x[subject == s]
            self.windows[s] = own[torch.linspace(0, len(own) - 1, _KEPT).round().long()]

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Windows of these people, (B, C, T); of anybody for someone unknown."""
        drawn = zip(subject.tolist(), rngs, strict=True)
        return torch.stack([phase_randomised(self._window(s, rng), rng) for s, rng in drawn])

    def _window(self, s: int, rng: torch.Generator) -> Tensor:
        """One of a person's windows, (C, T)."""
        S, kept = self.windows.shape[:2]
        person = s if s < S else int(torch.randint(S, (), generator=rng))
        return self.windows[person, int(torch.randint(kept, (), generator=rng))].float()


def phase_randomised(window: Tensor, rng: torch.Generator) -> Tensor:
    """Turn the phase of each frequency by a random angle, the same for all electrodes.

    The constant part, and that at half the rate, are real: they keep or change their sign.

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
