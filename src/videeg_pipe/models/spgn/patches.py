"""Overlapping patches of a window in time, one per time token."""

from torch import Tensor
from torch.nn import functional


class Patches:
    """Cut windows of K points into P patches of L points that overlap by half, and add them up."""

    def __init__(self, n_points: int, n_tokens: int) -> None:
        """Set K and P; L is the smallest even length whose halves cover the window."""
        self.n_points, self.n_tokens = n_points, n_tokens
        self.step = 2 * -(-n_points // (2 * n_tokens))  # even, so that half a step is whole
        self.length = 2 * self.step

    def cut(self, x: Tensor) -> Tensor:
        """Cut (B, C, K) into (B, C, P, L): each token's points and half a step on either side."""
        missing = self.n_tokens * self.step - self.n_points
        half = self.step // 2
        return functional.pad(x, (half, half + missing)).unfold(-1, self.length, self.step)

    def join(self, patches: Tensor) -> Tensor:
        """Add overlapping patches, (B, C, P, L), up to (B, C, K)."""
        first, second = patches.chunk(2, dim=-1)  # (B, C, P, step) each
        first = functional.pad(first, (0, 0, 0, 1))  # (B, C, P + 1, step)
        joined = first + functional.pad(second, (0, 0, 1, 0))  # (B, C, P + 1, step)
        half = self.step // 2
        return joined.flatten(2)[..., half : half + self.n_points]  # (B, C, K)
