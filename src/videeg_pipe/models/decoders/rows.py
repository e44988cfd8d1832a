"""Rows of the table of decoders, from the options. It imports nothing heavy."""

from collections.abc import Sequence
from dataclasses import dataclass

from videeg_pipe.config.decode import DecodeOptions
from videeg_pipe.contracts.decoding import DecodingRow, Group, Start
from videeg_pipe.models.decoders.registry import DECODERS
from videeg_pipe.runtime.errors import UserError

_CALIBRATED_FLOOR = "lookup"


@dataclass(frozen=True)
class People:
    """People by their part in decoding."""

    known: list[str]
    single: list[str]  # known ones with decoders of their own
    new: list[str]

    @classmethod
    def of(cls, subjects: Sequence[str], options: DecodeOptions) -> "People":
        """Divide the people of a run.

        Raises:
            UserError: if nobody is left to train on.
        """
        known = list(subjects[: len(subjects) - options.new_people])
        if not known or len(known) < options.single_people:
            raise UserError(
                "decode.new_people and decode.single_people",
                expected=f"one known person or more, among {len(subjects)} people",
                found=f"{options.new_people} new and {options.single_people} single",
                next_step="lower these options",
            )
        return cls(known, known[: options.single_people], list(subjects[len(known) :]))

    def of_group(self, group: Group) -> list[str]:
        """Return the people of a group."""
        return {"known": self.known, "single": self.single, "new": self.new}[group]


def list_rows(options: DecodeOptions, people: People) -> list[DecodingRow]:
    """Return the rows of the table: floors and decoders, once per protocol.

    Networks come once per seed, and for known people a second time with their own start. In
    `new-p`, `lookup` stands beside the adapted decoders with the same methods. Ablations have known
    people alone.
    """
    floors = [name for name, spec in DECODERS.items() if spec.kind == "floor"]
    trainings = [(name, 0) for name in floors]
    trainings += [(name, seed) for name in options.decoders for seed in range(options.seeds)]
    rows = [DecodingRow(name, "cs", seed=seed) for name, seed in trainings]
    if options.own_start:
        rows += [
            DecodingRow(name, "cs", "own", seed)
            for name, seed in trainings
            if DECODERS[name].own_start is not None
        ]
    rows += _ablations(options)
    if people.single:
        rows += [DecodingRow(name, "ss", seed=seed) for name, seed in trainings]
    if people.new:
        rows += [DecodingRow(name, "new-0", seed=seed) for name, seed in trainings]
        rows += [
            DecodingRow(name, "new-p", seed=seed, percent=percent, method=method)
            for name, seed in trainings
            if name in (*options.adapted, _CALIBRATED_FLOOR)
            for percent in options.calibration
            for method in options.methods
            if method != "heads" or DECODERS[name].kind == "decoder"
        ]
    return rows


def _ablations(options: DecodeOptions) -> list[DecodingRow]:
    rows = [
        DecodingRow(name, "cs", seed=seed, variant_of=variant.of)
        for name, variant in options.variants.items()
        for seed in range(options.seeds)
    ]
    starts: dict[str, Start] = {
        "latents": "no-latents", "text": "no-text", "keyframe": "no-keyframe",
    }  # fmt: skip
    return rows + [
        DecodingRow(name, "cs", starts[part], seed)
        for name, parts in options.without.items()
        for part in parts
        for seed in range(options.seeds)
    ]
