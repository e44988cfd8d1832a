"""Published scores of EEG-to-video decoders on SEED-DV, and what their metric's chance level is."""

from dataclasses import dataclass

_TRUE_CLASSES = 3
"""Classes of the true clip that count as a hit: the three best ones of the classifier."""

COLUMNS = ("video, 2-way", "video, 40-way", "frames, 2-way", "frames, 40-way", "SSIM")
_WAYS = (2, 40, 2, 40, None)


@dataclass(frozen=True)
class Published:
    """One printed row."""

    method: str
    people: str
    values: tuple[float, ...]  # as in `COLUMNS`


def chance(ways: int) -> float:
    """Return the expected n-way score of an answer without information, 3 / (N + 2).

    It holds where all classes are equally likely to win.
    """
    return _TRUE_CLASSES / (ways + _TRUE_CLASSES - 1)


CHANCE = tuple(None if ways is None else chance(ways) for ways in _WAYS)
"""By column; SSIM has no chance level."""
NAIVE = tuple(None if ways is None else 1 / ways for ways in _WAYS)
"""What the names of the columns suggest."""

_ONE, _ALL = "one model per person", "one model of 15 people"
ROWS = (
    Published("EEG2Video", _ONE, (0.798, 0.159, 0.774, 0.138, 0.256)),
    Published("DynaMind", _ONE, (0.828, 0.284, 0.807, 0.241, 0.280)),
    Published("SAM-Net", _ONE, (0.870, 0.300, 0.833, 0.303, 0.290)),
    Published("SAM-Net", f"{_ALL}, the best person", (0.860, 0.291, 0.834, 0.301, 0.279)),
    Published("SAM-Net", f"{_ALL}, their mean", (0.841, 0.228, 0.810, 0.262, 0.280)),
    Published("SAM-Net", "5 new people, the best", (0.826, 0.162, 0.745, 0.136, 0.257)),
    Published("SAM-Net", "5 new people, their mean", (0.812, 0.142, 0.735, 0.137, 0.254)),
    Published(
        "SAM-Net without New2Source",
        "new people, the best",
        (0.770, 0.118, 0.729, 0.128, 0.199),
    ),
)
"""40 concepts, from Tables 1, 2 and 4 of the SAM-Net paper, which prints the rows of others too."""
