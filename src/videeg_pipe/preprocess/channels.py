"""Check that all recordings of a data set have the same channels."""

from videeg_pipe.runtime.errors import UserError


def require_equal_channels(channels: dict[str, list[str]]) -> None:
    """Compare channel names and their order.

    Args:
        channels: Name of a recording or subject to its channels.

    Raises:
        UserError: naming the first two that differ, and the differing channels.
    """
    (first, names), *others = channels.items()
    for other, other_names in others:
        if other_names != names:
            differing = sorted(set(names) ^ set(other_names)) or ["their order"]
            raise UserError(
                f"channels of {first} and {other}",
                expected="the same names in the same order",
                found=f"{len(names)} and {len(other_names)}, differing in {', '.join(differing)}",
                next_step="set preprocess.montage to seed-dv, or leave one out (source.subjects)",
            )
