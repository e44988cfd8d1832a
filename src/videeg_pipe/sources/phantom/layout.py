"""Order of the phantom's concepts and clips, and names of its videos."""

from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.block_timing import concept_s
from videeg_pipe.sources.concepts import CONCEPT_GROUPS


@dataclass(frozen=True)
class ShownClip:
    """One clip of a block."""

    onset_s: float  # from the block's start, in the video and in the EEG
    concept_id: int
    valence: int  # -1, 0 or 1


def video_name(block: int) -> str:
    """Return the file name of a block's video, as SEED-DV spells it; blocks count from 1."""
    tens, ones = divmod(block, 10)
    suffix = "th" if tens % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")
    return f"{block}{suffix}_10min.mp4"


def shown_concepts(layout: BlockLayout) -> list[int]:
    """List the phantom's concept ids, ascending: one per group, then a second one, and so on."""
    groups: dict[str, list[int]] = {}
    for concept, group in CONCEPT_GROUPS.items():
        groups.setdefault(group, []).append(concept)
    in_turn = chain.from_iterable(zip_longest(*groups.values()))
    return sorted([concept for concept in in_turn if concept][: layout.concepts_per_block])


def valences(layout: BlockLayout, seed: int) -> dict[int, int]:
    """Map concept ids to valences: negative, neutral, positive, in numbers as equal as possible."""
    concepts = shown_concepts(layout)
    rng = np.random.default_rng(derive_seed(seed, "phantom", "valence"))
    values = rng.permutation(np.arange(len(concepts)) % 3 - 1)
    return {concept: int(value) for concept, value in zip(concepts, values, strict=True)}


def presentation_order(layout: BlockLayout, seed: int, block: int) -> NDArray[np.int64]:
    """Draw the concept ids of a block, (concepts_per_block,): one permutation for all subjects."""
    rng = np.random.default_rng(derive_seed(seed, "phantom", "order", str(block)))
    return rng.permutation(np.array(shown_concepts(layout), np.int64))


def block_clips(layout: BlockLayout, seed: int, block: int) -> list[ShownClip]:
    """List the clips of a block in presentation order."""
    valence = valences(layout, seed)
    return [
        ShownClip(
            place * concept_s(layout) + layout.hint_s + clip * layout.clip_s,
            int(concept),
            valence[int(concept)],
        )
        for place, concept in enumerate(presentation_order(layout, seed, block))
        for clip in range(layout.clips_per_concept)
    ]


def index_at(time_s: float, rate: float) -> int:
    """Return the frame or sample nearest to a time; rounding errors do not change it."""
    return round(round(time_s * rate, 6))
