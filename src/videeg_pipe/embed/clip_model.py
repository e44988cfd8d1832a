"""The CLIP that is used: built here, from a local folder, or a pinned commit of the hub."""

import re
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_json, write_record
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.stimuli.clip import FILES, TOKENS, checksums, load_model
from videeg_pipe.stimuli.untrained import build_untrained

UNTRAINED = "untrained"

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIMEOUT_S = 10.0


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
        folder = _find(config.model, config.revision)
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


def _find(model: str, revision: str | None) -> Path:
    """Folder of a model given by folder or by hub name."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if revision is not None:
            raise UserError(
                "embed.revision",
                expected=f"null where embed.model is a folder ({model})",
                found=revision,
                next_step="remove it",
            )
        return folder.resolve()
    if not _HUB_NAME.fullmatch(model):
        raise UserError(
            f"embed.model {model}",
            expected="untrained, a local folder, or a hub name like openai/clip-vit-large-patch14",
            found="no such folder",
            next_step="correct embed.model in the config",
        )
    if revision is None or not _COMMIT.fullmatch(revision):
        raise UserError(
            f"embed.revision of {model}",
            expected="the full hash of a commit on the hub (40 hex digits)",
            found="none" if revision is None else revision,
            next_step="pin one from the model's page, or set embed.model to a local folder",
        )
    return _from_hub(model, revision)


def _from_hub(model: str, revision: str) -> Path:
    """Download a pinned revision; use the local cache where the hub cannot be reached."""
    try:
        # a download would retry for half a minute before it fails
        HfApi().model_info(model, revision=revision, timeout=_TIMEOUT_S)
        return Path(snapshot_download(model, revision=revision, allow_patterns=[*FILES]))
    except Exception as error:  # depends on the HTTP library of the hub's client
        problem = str(error)
    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except LocalEntryNotFoundError:
        raise UserError(
            f"embed.model {model}",
            expected=f"commit {revision} on the hub or in its local cache",
            found=problem,
            next_step="check name, revision and network, or set embed.model to a local folder",
        ) from None
