"""Models by local folder, or by hub name and pinned commit."""

import re
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from videeg_pipe.runtime.errors import UserError

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIMEOUT_S = 10.0


def find_model(
    model: str,
    revision: str | None,
    *,
    option: str,
    builtin: str,
    example: str,
    patterns: Sequence[str],
) -> Path:
    """Return the folder of a model, downloaded if it has a hub name and is not in the cache.

    Args:
        model: Folder or hub name.
        revision: Commit on the hub; None for a folder.
        option: Section of the configuration with the options `model` and `revision`.
        builtin: Value of `model` for a model that the workflow makes.
        example: A hub name, for the error.
        patterns: Files to download.

    Raises:
        UserError: if there is no such model, its revision is not pinned, or the hub cannot be
            reached.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if revision is not None:
            raise UserError(
                f"{option}.revision",
                expected=f"null where {option}.model is a folder ({model})",
                found=revision,
                next_step="remove it",
            )
        return folder.resolve()
    if not _HUB_NAME.fullmatch(model):
        raise UserError(
            f"{option}.model {model}",
            expected=f"{builtin}, a local folder, or a hub name like {example}",
            found="no such folder",
            next_step=f"correct {option}.model in the config",
        )
    if revision is None or not _COMMIT.fullmatch(revision):
        raise UserError(
            f"{option}.revision of {model}",
            expected="the full hash of a commit on the hub (40 hex digits)",
            found="none" if revision is None else revision,
            next_step=f"pin one from the model's page, or set {option}.model to a local folder",
        )
    return _from_hub(model, revision, option, list(patterns))


def _from_hub(model: str, revision: str, option: str, patterns: list[str]) -> Path:
    """Download a pinned revision; use the local cache where the hub cannot be reached."""
    try:
        # a download would retry for half a minute before it fails
        HfApi().model_info(model, revision=revision, timeout=_TIMEOUT_S)
        return Path(snapshot_download(model, revision=revision, allow_patterns=patterns))
    except Exception as error:  # depends on the HTTP library of the hub's client
        problem = str(error)
    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except LocalEntryNotFoundError:
        raise UserError(
            f"{option}.model {model}",
            expected=f"commit {revision} on the hub or in its local cache",
            found=problem,
            next_step=f"check name, revision and network, or set {option}.model to a local folder",
        ) from None
