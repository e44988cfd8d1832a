"""Text of all clips: the hidden states of their captions."""

import logging
from pathlib import Path

import numpy as np

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.pictures import write_arrays
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.stimuli.clip import ClipEncoder

logger = logging.getLogger(__name__)


def store_texts(
    *, stimuli: Path, clip_model: Path, embed: EmbedOptions, tokens: int, manifest: Path
) -> None:
    """Encode the caption of each stimulus as (tokens, 768), and the empty caption.

    Args:
        stimuli: The `stimuli` table.
        clip_model: Record of the CLIP, which `prepare_clip` wrote.
        embed: Arithmetic and batch size.
        tokens: Number of tokens; the text encoder looks back only, so that cutting changes none.
        manifest: Record of the arrays, which lie beside it; written last.
    """
    encoder = ClipEncoder(clip_model, dtype=embed.dtype)
    captions = read_table(stimuli, "stimuli")["caption"]
    different, row = np.unique(captions.to_numpy(str), return_inverse=True)
    longest = max(map(encoder.n_tokens, different.tolist()))
    if longest > tokens:
        logger.warning(
            "the longest caption has %d tokens, of which %d are used (pictures.tokens)",
            *(longest, tokens),
        )
    sentences = [*different.tolist(), ""]
    # padding as in Stable Diffusion; an untrained CLIP fits no trained network anyway
    encoded = encoder.tokens(sentences, embed.batch_size, mask_padding=not encoder.trained)
    encoded = encoded[:, :tokens]
    write_arrays(
        manifest,
        {"texts": encoded[:-1][row], "empty": encoded[-1]},
        clip=encoder.facts,
        longest_caption=longest,
    )
