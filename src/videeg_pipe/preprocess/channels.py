"""Channels and electrode positions that all recordings of a data set share."""

import logging

import numpy as np

from videeg_pipe.runtime.errors import UserError

logger = logging.getLogger(__name__)

_SAME_PLACE_M = 0.04  # heads differ in size, and in the origin of their coordinates


def match_channels(channels: dict[str, list[str]]) -> dict[str, list[int]]:
    """Match channels by name.

    Args:
        channels: Name of a recording or subject to its channels.

    Returns:
        For each, the rows that put its channels into the order of the first.

    Raises:
        UserError: naming the first two whose names differ, and the differing channels.
    """
    first, names = next(iter(channels.items()))
    for other, own in channels.items():
        differing = sorted(set(names) ^ set(own))
        if differing:
            raise UserError(
                f"channels of {first} and {other}",
                expected="the same names",
                found=f"{len(names)} and {len(own)}, differing in {', '.join(differing)}",
                next_step="set preprocess.montage to seed-dv, or leave one out (source.subjects)",
            )
    return {other: [own.index(name) for name in names] for other, own in channels.items()}


def shared_positions(
    channels: list[str], positions: dict[str, list[list[float]]]
) -> list[list[float]]:
    """Return the positions that stand for all recordings: the mean where heads differ.

    Args:
        channels: C names.
        positions: Name of a recording or subject to its positions, (C, 3), metres.

    Returns:
        (C, 3), metres; unchanged where all are equal.

    Raises:
        UserError: if the same electrode lies in different places of the head.
    """
    (first, reference), *others = positions.items()
    distances = {name: np.linalg.norm(np.subtract(xyz, reference), axis=1) for name, xyz in others}
    other = max(distances, key=lambda name: float(distances[name].max()), default=first)
    if other == first or not distances[other].any():
        return reference
    electrode, farthest_m = int(distances[other].argmax()), float(distances[other].max())
    if farthest_m > _SAME_PLACE_M:
        raise UserError(
            f"electrode positions of {first} and {other}",
            expected=f"each electrode within {100 * _SAME_PLACE_M:.0f} cm",
            found=f"{channels[electrode]} {100 * farthest_m:.0f} cm apart",
            next_step="correct the wrong one in electrodes.tsv or coordsystem.json, or leave it "
            "out (source.subjects)",
        )
    logger.info(
        "electrode positions differ by up to %.1f cm (%s of %s and %s): their mean is used",
        100 * farthest_m,
        channels[electrode],
        first,
        other,
    )
    return np.mean(list(positions.values()), axis=0).tolist()
