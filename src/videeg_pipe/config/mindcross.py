"""MindCross's decoder: the `mindcross` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class MindcrossOptions(Section):
    """One shared encoder, and one per person."""

    width: int = Field(128, ge=8, description="Width of an encoder's output.")
    filters: int = Field(32, ge=1, description="Filters of an encoder.")
    top: int = Field(
        3, ge=1, description="Encoders K that vote for a new person; at most the known people."
    )
    adversary: float = Field(
        0.1, ge=0, description="Final weight of the reversed gradient of the shared encoder."
    )
    people: float = Field(
        0.1, ge=0, description="Weight of the subject classification by the own encoders."
    )
    dropout: float = Field(0.3, ge=0, lt=1, description="Dropout of an encoder's features.")
