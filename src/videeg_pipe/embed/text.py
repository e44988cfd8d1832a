"""Text tokens of each participant's sentence."""

import logging
from pathlib import Path

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.files import sha256_file, write_npy, write_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.clip import TOKENS, ClipEncoder

logger = logging.getLogger(__name__)


def embed_text(
    *, participants: Path, clip_model: Path, config: EmbedOptions, manifest: Path
) -> None:
    """Encode the sentence of each participant as (77, 768) float32, padded to 77 tokens.

    Args:
        participants: The `participants` table.
        clip_model: Record of the CLIP, which `prepare_clip` wrote.
        config: Arithmetic and batch size.
        manifest: List of the arrays, which lie beside it; written last.
    """
    encoder = ClipEncoder(clip_model, dtype=config.dtype)
    people = read_table(participants, "participants")
    for subject, prompt in zip(people["subject"], people["prompt"], strict=True):
        length = encoder.n_tokens(prompt)
        if length > TOKENS:
            logger.warning(
                "%s: the sentence has %d tokens; the text encoder reads the first %d",
                subject,
                length,
                TOKENS,
            )
    tokens = encoder.tokens(people["prompt"].tolist(), config.batch_size)  # (S, 77, 768)
    entries = {}
    for subject, array in progress(
        zip(people["subject"], tokens, strict=True), "write text tokens", len(people)
    ):
        path = manifest.parent / f"{subject}.npy"
        write_npy(path, array)
        entries[subject] = {"file": path.name, "sha256": sha256_file(path)}
    write_record(manifest, {"clip": encoder.facts, "texts": entries})
