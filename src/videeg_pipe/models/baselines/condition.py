"""The condition of all baselines; none of their papers conditions on video.

It is encoded as for SPGN. Some networks take it as one vector, others as a course in time.
"""

from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.condition import ConditionEncoder

WIDTH = 128
"""Width of vector and course."""

_TOKEN_S = 0.04  # about a frame
_HEADS = 4
_BRIEF = 16  # features per token that enter the vector, so that it keeps the time course


class BaselineCondition(nn.Module):
    """SPGN's encoder of frames, sentence, person and track, with finer time tokens."""

    def __init__(self, layout: EegLayout, condition: ConditionOptions) -> None:
        super().__init__()
        self.n_samples = layout.n_samples
        self.n_tokens = max(1, round(layout.n_samples / layout.sfreq / _TOKEN_S))
        self.encoder = ConditionEncoder(
            layout,
            condition,
            hidden=WIDTH,
            fused=WIDTH,
            heads=_HEADS,
            n_tokens=self.n_tokens,
            eeg_prior=False,
            track=True,
            keep_video=True,
        )
        self.mix = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))

    def fit(self, track: Tensor) -> None:
        """Fit mean and SD of the training windows' track, (n, K, Tu)."""
        if self.encoder.track is not None:
            self.encoder.track.fit(track)

    def tokens(self, condition: Condition) -> Tensor:
        """Encode B conditions in tokens along the window, (B, P, WIDTH)."""
        encoded = self.encoder(condition)
        return encoded.u + self.mix(encoded.u + encoded.c[:, None])


class Course(BaselineCondition):
    """The condition as a course in time."""

    def forward(self, condition: Condition) -> Tensor:
        """Encode B conditions, (B, WIDTH, T)."""
        tokens = self.tokens(condition)  # (B, P, WIDTH)
        return functional.interpolate(tokens.mT, self.n_samples, mode="linear")


class Vector(BaselineCondition):
    """The condition of the whole window as one vector."""

    def __init__(self, layout: EegLayout, condition: ConditionOptions) -> None:
        super().__init__(layout, condition)
        self.brief = nn.Linear(WIDTH, _BRIEF)
        self.whole = nn.Linear(self.n_tokens * _BRIEF, WIDTH)
        for layer in (self.brief, self.whole):  # the default would shrink differences twice
            nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")

    def forward(self, condition: Condition) -> Tensor:
        """Encode B conditions, (B, WIDTH)."""
        return self.whole(self.brief(self.tokens(condition)).flatten(1))
