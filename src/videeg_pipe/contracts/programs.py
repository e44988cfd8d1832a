"""Stimulus programs: what a screen or a lamp showed, as numbers instead of a film.

A program is a JSON file: {"kind": "flicker", "frame_rate": 120, "duration_s": 4, "frequency": 12}.
Luminance is relative: 0 is the darkest and 1 the brightest value of the screen.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from videeg_pipe.runtime.errors import UserError

SUFFIX = ".json"
HIGHEST_RATE = 240.0  # Hz, of frames

SCHEMA_JSON = Path("workflow", "schemas", "program.schema.json")

Luminance = Annotated[float, Field(ge=0, le=1)]
Place = Annotated[float, Field(ge=0, le=1)]
Extent = Annotated[float, Field(ge=0.01, le=1)]  # less is hardly a pixel of a picture
Shift = Annotated[int, Field(ge=0, lt=2**16)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Program(_Part):
    """What all programs have: the screen, the length, and where the stimulus is."""

    frame_rate: float = Field(ge=1, le=HIGHEST_RATE, description="Frames per second.")
    duration_s: float = Field(gt=0, le=3600, description="Length, s.")
    background: Luminance = Field(0.0, description="Luminance around the stimulus.")
    position: tuple[Place, Place] = Field(
        (0.5, 0.5), description="Centre, as shares of width and height."
    )
    size: tuple[Extent, Extent] = Field(
        (1.0, 1.0), description="Width and height, as shares of the screen's."
    )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return max(1, round(self.duration_s * self.frame_rate))

    @property
    def phase_known(self) -> bool:
        """Whether it is known at which time the stimulus changes."""
        return True


class Blank(Program):
    """The background alone."""

    kind: Literal["blank"] = "blank"


class Flicker(Program):
    """A patch whose luminance is periodic: s(t) = (1 + sin(2 pi f t + phase)) / 2, or its sign.

    The sampled sinusoid of Wang et al. 2017, doi 10.1109/TNSRE.2016.2627556.
    """

    kind: Literal["flicker"]
    frequency: float = Field(gt=0, description="f, Hz.")
    phase: float | None = Field(
        0.0, description="Phase at the start, rad; null: unknown, and drawn as 0."
    )
    waveform: Literal["sine", "square"] = Field("sine", description="Course of a cycle.")
    duty: float = Field(0.5, gt=0, lt=1, description="Bright share of a cycle of a square wave.")
    low: Luminance = Field(0.0, description="Darkest luminance.")
    high: Luminance = Field(1.0, description="Brightest luminance.")

    @property
    def phase_known(self) -> bool:
        """Whether the phase is stated."""
        return self.phase is not None

    @model_validator(mode="after")
    def _can_be_shown(self) -> "Flicker":
        if 2 * self.frequency > self.frame_rate:
            raise ValueError(
                f"frequency: expected at most half the frame rate, {self.frame_rate / 2:g} Hz, "
                f"found {self.frequency:g}"
            )
        return self


def _check_taps(degree: int, taps: tuple[int, ...]) -> None:
    """Raise a ValueError unless a shift register with these taps passes through all its states.

    It holds the bits b[t] to b[t + degree - 1]; the next one is the sum of b[t] and of b[t + tap]
    over all taps, modulo 2, as in `scipy.signal.max_len_seq`.
    """
    if not taps or not all(1 <= tap < degree for tap in taps):
        raise ValueError(f"taps: expected numbers from 1 to {degree - 1}, found {list(taps)}")
    added = 1 | sum(1 << tap for tap in set(taps))

    def following(state: int) -> int:
        return state >> 1 | ((state & added).bit_count() & 1) << (degree - 1)

    longest = start = (1 << degree) - 1
    state, length = following(start), 1
    while state != start:
        state, length = following(state), length + 1
    if length < longest:
        raise ValueError(
            f"taps: expected those of a sequence of {longest} bits, found {list(taps)}, "
            f"which repeat after {length}"
        )


class MSequence(_Part):
    """A maximum length sequence, as `scipy.signal.max_len_seq` makes it."""

    degree: int = Field(ge=2, le=16, description="Bits of the shift register.")
    taps: tuple[int, ...] | None = Field(None, description="Taps; null for a standard choice.")
    shift: Shift = Field(0, description="Circular shift to the left, in bits.")

    @model_validator(mode="after")
    def _is_longest(self) -> "MSequence":
        if self.taps is not None:
            _check_taps(self.degree, self.taps)
        return self


class GoldCode(_Part):
    """The exclusive or of two m-sequences (Gold 1967, doi 10.1109/TIT.1967.1054048)."""

    degree: int = Field(ge=3, le=16, description="Bits of both shift registers.")
    taps: tuple[tuple[int, ...], tuple[int, ...]] = Field(
        description="Taps of both sequences, such as a preferred pair."
    )
    shift: Shift = Field(0, description="Circular shift of the second sequence, in bits.")

    @model_validator(mode="after")
    def _both_are_longest(self) -> "GoldCode":
        for taps in self.taps:
            _check_taps(self.degree, taps)
        return self


class Code(Program):
    """A patch that is bright or dark by the bits of a code, which repeats."""

    kind: Literal["code"]
    rate: float = Field(ge=0.01, description="Bits per second; the frame rate is a multiple of it.")
    bits: str | None = Field(None, pattern="^[01]+$", description="The code, bit by bit.")
    m_sequence: MSequence | None = Field(None, description="The code, as an m-sequence.")
    gold: GoldCode | None = Field(None, description="The code, as a Gold code.")
    modulated: bool = Field(
        False, description="Show a bit 1 as 10 and a bit 0 as 01: no long runs; twice as long."
    )
    low: Luminance = Field(0.0, description="Luminance of a bit 0.")
    high: Luminance = Field(1.0, description="Luminance of a bit 1.")

    @model_validator(mode="after")
    def _one_code_at_a_whole_rate(self) -> "Code":
        given = [n for n in ("bits", "m_sequence", "gold") if getattr(self, n) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(f"expected one of bits, m_sequence and gold, found {found}")
        shown, half = (2, "half ") if self.modulated else (1, "")  # values per bit
        frames = self.frame_rate / (shown * self.rate)
        if frames < 1 - 1e-6 or abs(frames - round(frames)) > 1e-6:
            raise ValueError(
                f"rate: expected {half}the frame rate, {self.frame_rate / shown:g} Hz, or a "
                f"whole fraction of it, found {self.rate:g}"
            )
        return self


class ImageStream(Program):
    """Pictures at a steady rate; every n-th may be of another category.

    Pictures are stand-ins, drawn from `seed`: textures and, as the other category, schematic faces.
    """

    kind: Literal["images"]
    rate: float = Field(gt=0, description="Pictures per second.")
    waveform: Literal["raised-cosine", "square", "constant"] = Field(
        "raised-cosine", description="Course of a picture's contrast."
    )
    duty: float = Field(0.5, gt=0, lt=1, description="Visible share of a cycle of a square wave.")
    oddball_period: int | None = Field(
        None, ge=2, description="Every n-th picture is an oddball, the first of n; null: none."
    )
    n_pictures: int = Field(20, ge=1, le=1000, description="Different pictures per category.")
    seed: int = Field(0, ge=0, description="Seed of the pictures.")

    @model_validator(mode="after")
    def _can_be_shown(self) -> "ImageStream":
        if 2 * self.rate > self.frame_rate:
            raise ValueError(
                f"rate: expected at most half the frame rate, {self.frame_rate / 2:g} Hz, "
                f"found {self.rate:g}"
            )
        return self


AnyProgram = Annotated[Blank | Flicker | Code | ImageStream, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Blank | Flicker | Code | ImageStream] = TypeAdapter(AnyProgram)


def is_program(path: Path | str) -> bool:
    """Tell by the suffix of a stimulus file whether it is a program."""
    return Path(path).suffix.lower() == SUFFIX


def read_program(path: Path) -> Blank | Flicker | Code | ImageStream:
    """Read a program.

    Raises:
        UserError: if the file is missing or not a program; names the option.
    """
    try:
        content = path.read_text(encoding="utf-8")
        return _ADAPTER.validate_python(json.loads(content))
    except OSError:
        expected, found = "a stimulus program", "no such file"
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"][1:])
        message = problem["msg"].removeprefix("Value error, ")
        expected, found = "a stimulus program", f"{place}: {message}".removeprefix(": ")
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON
        expected, found = "a stimulus program in JSON", str(error)
    raise UserError(
        str(path), expected=expected, found=found, next_step="see docs/programs.md"
    ) from None


def generated() -> dict[Path, str]:
    """Return the text of the JSON schema of programs, by its path relative to the repository."""
    schema = {"title": "Stimulus program"} | _ADAPTER.json_schema()
    return {SCHEMA_JSON: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"}
