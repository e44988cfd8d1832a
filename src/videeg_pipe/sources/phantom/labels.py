"""Lists beside the videos: SEED-DV's meta-info and captions, and participants."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.runtime.files import atomic_path, write_npy
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.concepts import CONCEPT_GROUPS, CONCEPTS
from videeg_pipe.sources.phantom.layout import ShownClip, presentation_order, valences, video_name
from videeg_pipe.sources.phantom.scenes import COLOURS, Identity

_FLOW_PER_MOTION = 60.0  # scales mean frame differences to the range of SEED-DV's flow scores
_COUNTS = ("", "one", "two", "three")
_TEXTURE_WORDS = {
    "stripes": "a striped wall",
    "checks": "a checked floor",
    "plaid": "a plaid cloth",
    "clouds": "drifting clouds",
    "spots": "a spotted hide",
}


def write_meta_info(
    folder: Path, layout: BlockLayout, seed: int, flow: NDArray[np.float64]
) -> None:
    """Write SEED-DV's All_video_*.npy, and the valence of each concept as `emotion`.

    Faces and people are marked for concepts whose films would show them.

    Args:
        folder: Folder of the files.
        layout: Blocks and timing.
        seed: The run's seed.
        flow: (n_blocks, clips in a block) mean motion of each clip.
    """
    order = np.stack([presentation_order(layout, seed, b + 1) for b in range(layout.n_blocks)])
    valence = valences(layout, seed)
    shown = [Identity.of(concept) for concept in range(1, 41)]
    groups = list(CONCEPT_GROUPS.values())
    of_concept = {
        "color": [COLOURS.index(identity.colour) + 1 for identity in shown],
        "face_apperance": [group == "human" for group in groups],
        "human_apperance": [group in ("human", "exercise") for group in groups],
        "obj_number": [identity.n_objects for identity in shown],
    }
    write_npy(folder / "All_video_label.npy", order)
    emotion = np.vectorize(valence.__getitem__, otypes=[np.int64])(order)
    write_npy(folder / "All_video_emotion.npy", emotion)
    for name, values in of_concept.items():
        by_concept = np.array(values, np.float64)[order - 1]
        by_clip = np.repeat(by_concept, layout.clips_per_concept, axis=1)
        write_npy(folder / f"All_video_{name}.npy", by_clip)
    write_npy(folder / "All_video_optical_flow_score.npy", flow * _FLOW_PER_MOTION)


def write_captions(
    folder: Path, block: int, clips: list[ShownClip], looks: list[str] | None = None
) -> None:
    """Write captions of a block, one line per clip, ending in CR LF as SEED-DV's do.

    Args:
        folder: Folder of the file.
        block: Number of the block.
        clips: Its clips.
        looks: Words for what each clip shows besides its concept, which begin its caption.
    """
    lines = []
    for clip, look in zip(clips, looks or [""] * len(clips), strict=True):
        identity = Identity.of(clip.concept_id)
        plural = "" if identity.n_objects == 1 else "es" if identity.shape == "cross" else "s"
        lines.append(
            f"{look}{_COUNTS[identity.n_objects]} {identity.colour} {identity.shape}{plural} "
            f"{identity.motion} in front of {_TEXTURE_WORDS[identity.texture]}, "
            f"standing for {CONCEPTS[clip.concept_id]}"
        )
    with atomic_path(folder / video_name(block).replace(".mp4", ".txt")) as temporary:
        temporary.write_bytes("".join(f"{line}\r\n" for line in lines).encode())


def write_participants(path: Path, config: PhantomOptions, seed: int) -> None:
    """Write participants.tsv of BIDS; a person does not depend on the number of people."""
    rows = []
    for number in range(1, config.n_subjects + 1):
        rng = np.random.default_rng(derive_seed(seed, "phantom", f"sub{number}", "person"))
        hand = "R" if rng.random() < 0.9 else "L"
        rows.append((f"sub{number}", int(rng.integers(19, 36)), str(rng.choice(["F", "M"])), hand))
    table = pd.DataFrame(rows, columns=["participant_id", "age", "sex", "hand"])
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
