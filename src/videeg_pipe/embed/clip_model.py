"""The CLIP that is used: built here, from a local folder, or a pinned commit of the hub."""

from pathlib import Path

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.runtime.files import sha256_json, write_record
from videeg_pipe.runtime.hub import find_model
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.stimuli.clip import FILES, TOKENS, checksums, load_model
from videeg_pipe.stimuli.untrained import build_untrained

UNTRAINED = "untrained"


def prepare_clip(config: EmbedOptions, *, seed: int, manifest: Path) -> None:
    """Build or find the CLIP that the configuration names, and record it.

    Args:
        config: Model and revision.
        seed: The run's seed.
        manifest: Path of the record. An untrained model is saved in a folder beside it.

    Raises:
        UserError: if there is no such model, its revision is not pinned, the hub cannot be
            reached, or the shapes differ from ViT-L/14.
    """
    if config.model == UNTRAINED:
        folder = manifest.parent / UNTRAINED
        build_untrained(folder, derive_seed(seed, "clip"), captions=config.captions)
        stored = UNTRAINED  # relative to the manifest, so that the results may be moved
    else:
        folder = find_model(
            config.model,
            config.revision,
            option="embed",
            builtin=UNTRAINED,
            example="openai/clip-vit-large-patch14",
            patterns=FILES,
        )
        stored = str(folder)
    load_model(folder, config.model)
    files = checksums(folder)
    write_record(
        manifest,
        {
            "model": config.model,
            "revision": config.revision,
            "trained": config.model != UNTRAINED,
            "folder": stored,
            "image_embedding": [CLIP_WIDTH],
            "text_tokens": [TOKENS, CLIP_WIDTH],
            "files": files,
            "sha256": sha256_json(files),
        },
    )
