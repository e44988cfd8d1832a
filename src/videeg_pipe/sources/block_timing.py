"""Durations that follow from a block layout."""

from videeg_pipe.config.block_layout import BlockLayout


def concept_s(layout: BlockLayout) -> float:
    """Return the time from one concept's hint to the next concept's, in seconds."""
    return layout.hint_s + layout.clips_per_concept * layout.clip_s


def block_s(layout: BlockLayout) -> float:
    """Return the length of a block, in seconds."""
    return layout.concepts_per_block * concept_s(layout)
